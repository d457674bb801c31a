"""A question to the warehouse from a terminal: `python -m resources.sql "from funnel"`."""

import os
import sys

import polars as pl

from resources.lake import Lake
from resources.platform import home
from resources.warehouse import Warehouse, WarehouseError


def main(sql: str) -> int:
    """Print the rows of `sql` and return the exit status."""
    import duckdb

    try:
        rows = Warehouse(Lake.at(home())).query(sql)
    except (WarehouseError, duckdb.Error) as error:
        print(error, file=sys.stderr)
        return 1
    width = os.get_terminal_size().columns if sys.stdout.isatty() else 160
    with pl.Config(tbl_rows=100, tbl_cols=-1, fmt_str_lengths=400, tbl_width_chars=width, tbl_hide_column_data_types=True):
        print(rows)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else "from snapshots"))
