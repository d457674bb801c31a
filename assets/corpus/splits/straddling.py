"""The proof that no group is in two splits: a query over the published files, which knows nothing of how they were made."""

from collections.abc import Sequence

import polars as pl

# $splits are files of chatml_splits, $examples those of the chat_examples that they were made from. `rows` are examples of what straddles.
STRADDLING = """
WITH placed AS (
    SELECT s.id, s.split, unnest(coalesce(e.group_keys, ['row:' || s.id])) AS key, e.id IS NULL AS is_stranger
    FROM read_parquet($splits) AS s LEFT JOIN read_parquet($examples) AS e ON e.id = s.parent_ids[1]
)
SELECT key, string_agg(DISTINCT split, ', ' ORDER BY split) AS splits, min_by(id, split) || ' ' || max_by(id, split) AS rows
FROM placed GROUP BY key HAVING count(DISTINCT split) > 1 OR bool_or(is_stranger) ORDER BY key
"""
FOUND = pl.Schema({"key": pl.String(), "splits": pl.String(), "rows": pl.List(pl.String())})


def straddling(splits: Sequence[str], examples: Sequence[str]) -> pl.DataFrame:
    """Return each group key whose rows are in more than one split, with these and the ids of two such rows; none, if groups are whole.

    `splits` and `examples` are paths of Parquet files. A row whose example is not there proves nothing: it is returned as the key "row:id".
    """
    import duckdb

    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        found = connection.execute(STRADDLING, {"splits": list(splits), "examples": list(examples)}).fetchall()
    return pl.DataFrame([(key, names, sorted(set(ids.split()))) for key, names, ids in found], schema=FOUND, orient="row")
