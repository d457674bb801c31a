"""From rows as published to conversations in the one canonical form, checked and described: the stage `to_tool_conversations`.

A row that cannot be read without guessing leaves a ledger row with the field, the offset and the reason. A row that was repaired says so in
`repaired` and `repairs`, and leaves a ledger row (altered) for each kind of repair, with the place of the first. Nothing is truncated.

Dropping rules: not_json, ambiguous_json, unknown_format, unknown_role, unsupported_content, text_before_turns, ambiguous_turns, no_turns,
broken_call, broken_arguments, broken_tools, conflicting_tools, not_unicode, too_long. Repairs: raw_newlines, escaped_apostrophes,
single_quotes, trailing_text, missing_separator, missing_arguments, parameters_for_arguments, duplicate_tools, tools_inside_text.
"""

from typing import Any, NamedTuple

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.conversations import formats, inner_json
from assets.conversations.arguments import Checker
from assets.conversations.canonical import MESSAGE, to_rows
from assets.conversations.features import features
from assets.conversations.refusal import Refused

RAW_SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "source": pl.String(),
        "revision": pl.String(),
        "row_number": pl.Int64(),
        "license": pl.String(),
        "payload": pl.String(),
    }
)
SCHEMA = pl.Schema(
    {
        "id": pl.String(),
        "parent_ids": pl.List(pl.String()),
        "source": pl.String(),
        "license": pl.String(),
        "format": pl.String(),
        "messages": pl.List(MESSAGE),
        "tools": pl.String(),
        "n_turns": pl.Int64(),
        "n_calls": pl.Int64(),
        "complexity": pl.String(),
        "orphan_call": pl.Boolean(),
        "repaired": pl.Boolean(),
        "repairs": pl.List(pl.String()),
        "invalid_arguments": pl.Int64(),
        "unchecked_arguments": pl.Int64(),
        "turn_bucket": pl.String(),
        "call_bucket": pl.String(),
        "parallel": pl.Boolean(),
        "error_handling": pl.Boolean(),
        "conditional_error": pl.Boolean(),
        "tools_defined": pl.Int64(),
        "ends_on_user": pl.Boolean(),
    }
)
_NOTES = pl.Schema({"id": pl.String(), "rule": pl.String(), "detail": pl.String()})


class ConversationSettings(BaseModel, frozen=True, extra="forbid"):
    """How conversations are described and checked."""

    simple_max_arguments: int = Field(2, ge=0, description="one call with at most so many arguments is simple, with more moderate")
    max_schema_steps: int = Field(50_000, gt=0, description="keywords and elements that the checks of a conversation may look at")


class _Results(NamedTuple):
    kept: list[dict[str, Any]]
    dropped: list[tuple[str, str, str]]
    altered: list[tuple[str, str, str]]


def to_tool_conversations(rows: pl.DataFrame, settings: ConversationSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of tool_conversations in the order given, ledger) of rows of raw_conversations."""
    checker, results = Checker(settings.max_schema_steps), _Results([], [], [])
    for row in rows.select("id", "source", "license", "payload").iter_rows(named=True):
        try:
            _convert(row, checker, settings, results)
        except Refused as refused:
            results.dropped.append((row["id"], refused.rule, refused.detail))
    kept = pl.DataFrame(results.kept, schema={"parent": pl.String(), **{name: SCHEMA[name] for name in list(SCHEMA)[2:]}})
    ids = passport.row_ids("tool_conversations", kept["parent"])
    return kept.with_columns(ids, parent_ids=pl.concat_list("parent")).select(*SCHEMA), _ledger(results)


def _convert(row: dict[str, Any], checker: Checker, settings: ConversationSettings, results: _Results) -> None:
    name, conversation, repairs = formats.read(inner_json.loads(row["payload"]))
    places = dict(reversed(repairs))  # the first place of each kind
    kinds = list(dict.fromkeys(kind for kind, _ in repairs))
    results.altered.extend((row["id"], kind, places[kind]) for kind in kinds)
    results.kept.append(
        {
            "parent": row["id"],
            "source": row["source"],
            "license": row["license"],
            "format": name,
            "messages": to_rows(conversation),
            "tools": inner_json.dumps(list(conversation.tools)),
            "repaired": bool(kinds),
            "repairs": kinds,
            **features(conversation, checker, settings.simple_max_arguments),
        }
    )


def _ledger(results: _Results) -> pl.DataFrame:
    dropped, altered = (pl.DataFrame(notes, schema=_NOTES, orient="row") for notes in (results.dropped, results.altered))
    detail = pl.col("detail")
    parts = [
        ledger.entries(dropped, pl.col("rule"), detail=detail),
        ledger.entries(altered, pl.col("rule"), action="altered", detail=detail),
    ]
    return pl.concat(parts)
