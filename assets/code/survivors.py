"""Which file of a cluster survives: an ORDER BY of the profile, evaluated by DuckDB unless it names columns only, as most do."""

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "permissive": pl.Boolean,
    "stars": pl.Int64,
    "committed_at": pl.Datetime("us", "UTC"),
    "n_bytes": pl.Int64,
    "path": pl.String,
    "language": pl.String,
    "license": pl.String,
    "id": pl.String,
}
DEFAULT_ORDER = "permissive desc, stars desc nulls last, committed_at desc nulls last, n_bytes, path, id"
# Functions of the values alone: no clock, no chance, no environment, no file.
_FUNCTIONS = frozenset(
    [
        *("abs", "ceil", "contains", "ends_with", "floor", "greatest", "instr", "least", "length", "lower"),
        *("regexp_matches", "round", "sign", "starts_with", "strlen", "upper"),
    ]
)
_TERM = re.compile(r"\s*(\w+)(\s+asc|\s+desc)?(?:\s+nulls\s+(?:(first)|last))?\s*", re.ASCII | re.IGNORECASE)
_CLASSES = frozenset(["BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR", "TYPE"])


def check_order(order: str) -> str:
    """Return `order` when it is a list of ORDER BY terms over COLUMNS; raise ValueError that says what is wrong with it otherwise.

    Operators, CASE, CAST and functions of the values alone are allowed; subqueries, window functions and everything that could give
    another order tomorrow are not.
    """
    if _columns(order):
        return order
    import duckdb

    with duckdb.connect() as database:
        tree = json.loads(database.execute("select json_serialize_sql(?)", [_query(order)]).fetchall()[0][0])
        if tree["error"]:
            raise ValueError(f"survivor_order is not a list of ORDER BY terms: {_first_line(tree['error_message'])}")
        for name in _forbidden(tree["statements"][0]["node"]["modifiers"]):
            raise ValueError(f"survivor_order must not use {name}: only columns, constants, operators and {', '.join(sorted(_FUNCTIONS))}")
        try:
            database.register("files", _table(pl.DataFrame(schema=COLUMNS)))
            database.execute(_query(order)).fetchall()
        except duckdb.Error as error:
            raise ValueError(f"survivor_order over the columns {', '.join(COLUMNS)}: {_first_line(str(error))}") from None
    return order


def in_order(files: pl.DataFrame, order: str) -> pl.Series:
    """Return the ids of `files` (COLUMNS, ids unique), the best first. Ties are decided by id. `order` has passed `check_order`."""
    if columns := _columns(order):
        names, descending, nulls_last = zip(*columns, ("id", False, True), strict=True)
        return files.sort(names, descending=descending, nulls_last=nulls_last)["id"]
    import duckdb

    with duckdb.connect() as database:
        database.register("files", _table(files))
        return pl.Series("id", database.execute(_query(order)).fetchnumpy()["id"], dtype=pl.String)


def _columns(order: str) -> list[tuple[str, bool, bool]]:
    """Return (name, descending, nulls last) of each term; nothing when a term is more than one of COLUMNS.

    Sorting by them needs neither DuckDB nor pyarrow, which take a sixth of a second to load. Like DuckDB, nulls are last by default.
    """
    terms = [_TERM.fullmatch(term) for term in order.lower().split(",")]
    columns = [(term[1], "desc" in (term[2] or ""), not term[3]) for term in terms if term and term[1] in COLUMNS]
    return columns if len(columns) == len(terms) else []


def _table(files: pl.DataFrame) -> "pa.Table":
    """Return the COLUMNS as DuckDB sees them; times are in UTC, without a zone, which DuckDB would need an extension to read."""
    columns = files.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items())
    return columns.with_columns(pl.col("committed_at").dt.replace_time_zone(None)).to_arrow()


def _query(order: str) -> str:
    return f"select id from files order by {order}\n, id"


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0]


def _forbidden(node: Any) -> Iterator[str]:
    """Yield what stands in a serialised expression and must not."""
    if isinstance(node, dict) and "class" in node:
        if node["class"] not in _CLASSES:
            yield str(node["class"]).lower().replace("_", " ")
        elif node["class"] == "FUNCTION" and not node["is_operator"] and node["function_name"] not in _FUNCTIONS:
            yield f"{node['function_name']}()"
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from _forbidden(child)
