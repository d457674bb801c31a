"""Conversations as chats that are ready to train on: the stage `to_conversation_chats`, and `to_balanced_chats`, which weighs them too.

Nothing is shortened, but for what nobody answered: messages of the user at the end, on which there can be no loss. What must not be
trained on is dropped with its reason, the first that holds of:

- `malformed`: the arguments of a call are not what its tool asks for;
- `orphan_call`: a call names a tool that is not listed, so that a model would learn to invent tools;
- `stray_response`: a response answers no call, so that nobody can tell what was asked;
- `no_answer`: the assistant says nothing after the user did;
- `blank_answer`: the assistant answers with neither words nor calls, so that a model would learn to say nothing;
- `unanswered_turn`: the last message is the user's, where the settings do not have it cut.
"""

import json
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger, passport
from assets.conversations import balance, inner_json
from assets.conversations.conversion import SCHEMA as CONVERSATIONS
from assets.conversations.json_values import mapped
from assets.corpus import chat

SOURCE = "tool_conversation"
RULES = ("malformed", "orphan_call", "stray_response", "no_answer", "blank_answer", "unanswered_turn")
_JUDGED = pl.Schema(
    {"rule": pl.String(), "n_cut": pl.Int64(), "is_escaped": pl.Boolean(), "messages": chat.SCHEMA["messages"], "tools": pl.String()}
)
Message = dict[str, str | None]


class ConversationChatSettings(BaseModel, frozen=True, extra="forbid"):
    """Which conversations become chats, and how."""

    system_prompt: str = Field(
        "You are a coding assistant with tools. Answer precisely and briefly.",
        min_length=1,
        description="of conversations without one; never empty: chat templates put one of their own in the place of a missing one",
    )
    orphan_calls: Literal["drop", "keep"] = Field("drop", description="conversations with a call to a tool that they do not list")
    unanswered_turns: Literal["cut", "drop"] = Field("cut", description="messages of the user at the end, or the conversation with them")


def to_conversation_chats(
    conversations: pl.DataFrame, settings: ConversationChatSettings, clusters: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of chat_examples in the order given, ledger) of rows of tool_conversations.

    `clusters` are those of `similarity.clusters`: what is alike stays in one split. A conversation that is not in them is a cluster by
    itself. Altered are `unanswered_turn` (score: how many messages were cut) and `control_token` (what a tokenizer takes for a control
    token was escaped, in texts, calls and tools). Row ids of the ledger are those of the conversations.
    """
    rows = [_judged(row, settings) for row in conversations.select(*CONVERSATIONS).iter_rows(named=True)]
    judged = pl.DataFrame(rows, schema=_JUDGED, orient="row")
    known = conversations.drop("messages", "tools").hstack(judged)
    known = known.join(clusters.select("id", "cluster_id"), on="id", how="left", maintain_order="left")
    kept = known.filter(pl.col("rule").is_null())
    chats = kept.select(
        passport.row_ids("chat_examples", kept["id"]),
        parent_ids=pl.concat_list("id"),
        source=pl.lit(SOURCE),
        slice="complexity",
        language=pl.lit(None, pl.String),
        group_keys=pl.concat_list(pl.format("conversation:{}", pl.coalesce("cluster_id", "id"))),
        license="license",
        messages="messages",
        tools="tools",
        weight=pl.lit(1.0),
    )
    return chats.select(*chat.SCHEMA), _ledger(known, kept)


def to_balanced_chats(
    conversations: pl.DataFrame, settings: ConversationChatSettings, clusters: pl.DataFrame, decisions: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of chat_examples, ledger): those of `to_conversation_chats`, weighed and repeated by the `decisions` of `balance`."""
    made, notes = to_conversation_chats(conversations, settings, clusters)
    kept, more = balance.apply_balance(made, decisions)
    return kept, pl.concat([notes, more])


def _ledger(known: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    where = pl.col("source")
    invalid = pl.when(rule="malformed").then("invalid_arguments")
    limit = pl.when(rule="malformed").then(0.0)
    dropped = known.filter(pl.col("rule").is_not_null())
    cut, escaped = kept.filter(pl.col("n_cut") > 0), kept.filter("is_escaped")
    return pl.concat(
        [
            ledger.entries(dropped, pl.col("rule"), score=invalid, threshold=limit, detail=where),
            ledger.entries(cut, "unanswered_turn", action="altered", score=pl.col("n_cut"), detail=where),
            ledger.entries(escaped, "control_token", action="altered", detail=where),
        ]
    )


def _judged(row: dict[str, Any], settings: ConversationChatSettings) -> tuple[str | None, int, bool, list[Message], str]:
    """Return the rule that drops a row (None: it is kept), how many messages were cut, whether any was escaped, messages and tools."""
    rule = _rule(row, settings)
    if rule:
        return rule, 0, False, [], ""
    messages: list[Message] = list(row["messages"])
    while messages[-1]["role"] == "user":
        messages.pop()
    escaped = [_escaped(message) for message in messages]
    tools = _escaped_json(row["tools"])
    is_escaped = escaped != messages or tools != row["tools"]
    if escaped[0]["role"] != "system":
        prompt: Message = {"role": "system", "content": chat.escape_control_tokens(settings.system_prompt)}
        escaped = [{**dict.fromkeys(escaped[0]), **prompt}, *escaped]
    return None, len(row["messages"]) - len(messages), is_escaped, escaped, tools


def _rule(row: dict[str, Any], settings: ConversationChatSettings) -> str | None:
    """Return the first of RULES that drops a row."""
    messages = row["messages"]
    asked = next((place for place, message in enumerate(messages) if message["role"] == "user"), len(messages))
    said = [message for message in messages[asked:] if message["role"] == "assistant"]
    held = (
        row["invalid_arguments"] > 0,
        row["orphan_call"] and settings.orphan_calls == "drop",
        any(message["role"] == "tool" and message["tool_call_id"] is None for message in messages),
        not said,
        any(not message["tool_calls"] and not (message["content"] or "").strip() for message in said),
        row["ends_on_user"] and settings.unanswered_turns == "drop",
    )
    return next((rule for rule, holds in zip(RULES, held, strict=True) if holds), None)


def _escaped(message: Message) -> Message:
    content, calls, name = (message[key] for key in ("content", "tool_calls", "name"))
    return {
        **message,
        "content": content and chat.escape_control_tokens(content),
        "tool_calls": calls and _escaped_json(calls),
        "name": name and chat.escape_control_tokens(name),
    }


def _escaped_json(text: str) -> str:
    """Return JSON with every string in it escaped, keys too; it is written as it was."""
    return inner_json.dumps(mapped(json.loads(text), chat.escape_control_tokens)) if "<" in text else text
