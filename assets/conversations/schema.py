"""The contracts of the conversation line: rows as published, and rows in the canonical form."""

import pandera.polars as pa
import polars as pl

from assets.conversations.canonical import MESSAGE
from assets.conversations.features import CALL_BUCKETS, COMPLEXITIES, TURN_BUCKETS
from assets.conversations.formats import FORMATS

RowId = pa.Field(str_matches=r"^[0-9a-f]{32}$", unique=True)


class RawConversations(pa.DataFrameModel):
    """A function-calling chat as published."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(str_length={"min_value": 1}, description="dataset, or name of the file")
    revision: str = pa.Field(nullable=True, description="commit of the dataset; null for files")
    row_number: pl.Int64 = pa.Field(ge=0, description="of the row in its source, from 0")
    license: str = pa.Field(nullable=True)
    payload: str = pa.Field(str_length={"min_value": 1}, description="the row as published, canonical JSON")


class ToolConversations(pa.DataFrameModel):
    """A conversation in the canonical form: messages, tools, calls whose arguments were checked."""

    id: str = RowId
    parent_ids: pl.List(pl.String)  # type: ignore[valid-type]
    source: str = pa.Field(str_length={"min_value": 1})
    license: str = pa.Field(nullable=True)
    format: str = pa.Field(isin=FORMATS, description="the form that the row was published in")
    messages: pl.List(MESSAGE) = pa.Field(  # type: ignore[valid-type]
        description="role, content, tool_calls (JSON list of id, name, arguments), tool_call_id, name of the tool that answers"
    )
    tools: str = pa.Field(str_matches=r"^\[", description="JSON list of tools in OpenAI's form")
    n_turns: pl.Int64 = pa.Field(ge=0, description="messages of the user: each begins a turn")
    n_calls: pl.Int64 = pa.Field(ge=0)
    complexity: str = pa.Field(isin=COMPLEXITIES)
    orphan_call: bool = pa.Field(description="a call names a tool that is not listed")
    repaired: bool
    repairs: pl.List(pl.String) = pa.Field(description="kinds of repairs, in the order they were needed")  # type: ignore[valid-type]
    invalid_arguments: pl.Int64 = pa.Field(ge=0, description="calls whose arguments are no object, or not what the tool's schema asks for")
    unchecked_arguments: pl.Int64 = pa.Field(ge=0, description="calls without a tool, or whose tool's schema cannot be used")
    turn_bucket: str = pa.Field(isin=TURN_BUCKETS)
    call_bucket: str = pa.Field(isin=CALL_BUCKETS)
    parallel: bool = pa.Field(description="a message has two calls or more")
    error_handling: bool = pa.Field(description="the assistant goes on after a response that reports an error")
    conditional_error: bool = pa.Field(description="it calls again after one, before the user says anything")
    tools_defined: pl.Int64 = pa.Field(ge=0)
    ends_on_user: bool = pa.Field(description="the last message is the user's: there is no answer to it")
