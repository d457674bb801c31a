"""From a listing to rows of raw_conversations: the stage `read_rows`."""

from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from assets import ledger, passport, records
from assets.conversations import inner_json
from assets.conversations.conversion import RAW_SCHEMA
from assets.conversations.refusal import Refused
from assets.conversations.sources import listing, payloads, rows
from assets.conversations.sources.listing import Problem
from assets.conversations.sources.settings import ConversationReadingSettings, ConversationSourceError

_LEFT_OUT = {"id": pl.String, "columns": pl.String, "rows": pl.Int64}


class _Results(NamedTuple):
    rows: list[tuple[Any, ...]]
    problems: list[Problem]
    left_out: Counter[tuple[str, tuple[str, ...]]]
    examples: dict[tuple[str, tuple[str, ...]], str]


def read_rows(entries: pl.DataFrame, settings: ConversationReadingSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of raw_conversations by source and number, ledger) of the ranges `entries` of a listing.

    Dropped: `broken_line` (not UTF-8, no JSON, a key twice with different values), `no_row` (JSON, but neither an object nor a list of
    turns), `not_json`, `not_unicode`, all with file and line. Altered: `columns_left_out`, one ledger row for all rows of a source and
    shard that lost the same columns (score: how many; row id: the first). Raises ConversationSourceError when a file is not what was
    listed.
    """
    results = _Results([], [], Counter(), {})
    for (location,), ranges in entries.sort("source", pl.col("rows").list.first()).group_by("location", maintain_order=True):
        _read_file(Path(str(location)), ranges, results)
    kept = pl.DataFrame(results.rows, schema=RAW_SCHEMA, orient="row").sort("source", "row_number")
    return kept, pl.concat([listing.problems(results.problems), _left_out(results)])


def _read_file(file: Path, ranges: pl.DataFrame, results: _Results) -> None:
    wanted = {at: size for places, sizes in ranges.select("places", "sizes").iter_rows() for at, size in zip(places, sizes, strict=True)}
    found = rows.fetch(file, wanted)
    for part in ranges.iter_rows(named=True):
        data = [record for _, record in (next(found, (0, b"")) for _ in part["places"])]
        if listing.digest(data) != part["digest"]:
            raise ConversationSourceError(f"{part['source']} changed while it was read. Materialize raw_conversations again.")
        for number, line in zip(part["rows"], data, strict=True):
            _read_row(part, number, line, file.name.lower().endswith(".parquet"), results)


def _read_row(part: dict[str, Any], number: int, data: bytes, is_parquet: bool, results: _Results) -> None:
    source = part["source"]
    try:
        payload, left_out = payloads.of_row(_loaded(data, is_parquet))
    except Refused as refused:
        results.problems.append(listing.problem(source, refused.rule, number + 1, f"{refused.reason}, offset {refused.offset}"))
        return
    row_id = passport.row_id("raw_conversations", source, str(number), payload)
    results.rows.append((row_id, [], source, part["revision"], number, part["license"], payload))
    if left_out:
        results.left_out[source, left_out] += 1
        results.examples.setdefault((source, left_out), row_id)


def _loaded(data: bytes, is_parquet: bool) -> Any:
    """Return the JSON value of a line. Raises Refused (`broken_line`) with the offset."""
    if is_parquet:  # written as JSON by ourselves; numbers that JSON does not have may stand in columns that nobody wants
        return payloads.without_nulls(records.load(data))
    try:
        return inner_json.loads(data.decode())
    except UnicodeDecodeError as error:
        raise Refused("broken_line", "it is not UTF-8", error.start) from None
    except Refused as refused:
        raise Refused("broken_line", refused.reason, refused.offset) from None


def _left_out(results: _Results) -> pl.DataFrame:
    noted = [
        (results.examples[source, names], f"{source}: {payloads.shown(names)}", count)
        for (source, names), count in sorted(results.left_out.items())
    ]
    frame = pl.DataFrame(noted, schema=_LEFT_OUT, orient="row")
    return ledger.entries(frame, "columns_left_out", action="altered", score=pl.col("rows"), detail=pl.col("columns"))
