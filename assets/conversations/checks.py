"""What must hold in the conversation line, besides the contracts."""

import json
from typing import Any

import polars as pl

from assets import gates
from assets.contracts import Audit, Contract, Finding, failing
from assets.conversations import anomalies, redacting
from resources.engine import Stage

LEFT_IN_CONVERSATIONS = Stage(redacting.left_in_conversations, version="2")


def every_conversation_is_accounted_for(audit: Audit) -> Finding:
    """Each chat above is here, or has a ledger row that says why not."""
    kept = audit.snapshot.scan().select(id=pl.col("parent_ids").list.first())
    dropped = audit.snapshot.ledger().filter(pl.col("action") == "dropped").select(id="row_id")
    lost = audit.parent("raw_conversations").scan().select("id").join(pl.concat([kept, dropped]), on="id", how="anti").collect()
    return failing(lost["id"].to_list(), "chats that vanished without a ledger row")


def conversations_are_within_bounds(audit: Audit) -> Finding:
    """No conversation has more turns or calls than the settings allow."""
    bounds = audit.settings.conversations.bounds
    longer = (pl.col("n_turns") > bounds.max_turns) | (pl.col("n_calls") > bounds.max_calls)
    return failing(audit.snapshot.scan().filter(longer).select("id").collect()["id"].to_list(), "conversations that are too long")


def orphan_calls_are_marked(audit: Audit) -> Finding:
    """A conversation is marked exactly when one of its calls names a tool that it does not list."""
    rows = audit.snapshot.scan().select("id", "messages", "tools", "orphan_call").collect()
    wrong = [row["id"] for row in rows.iter_rows(named=True) if _has_orphan(row) is not row["orphan_call"]]
    return failing(wrong, "conversations whose orphan calls are not marked")


def _has_orphan(row: dict[str, Any]) -> bool:
    listed = {tool["function"]["name"] for tool in json.loads(row["tools"])}
    calls = (call for message in row["messages"] if message["tool_calls"] for call in json.loads(message["tool_calls"]))
    return any(call["name"] not in listed for call in calls)


def nothing_is_severely_odd(audit: Audit) -> Finding:
    """No share or mean of the dataset is beyond a threshold that the settings call an error."""
    return _odd(audit, "error")


def nothing_is_odd(audit: Audit) -> Finding:
    """No share or mean of the dataset is beyond its threshold."""
    return _odd(audit, "warn")


def _odd(audit: Audit, severity: str) -> Finding:
    if not audit.parent("raw_conversations").manifest.rows:
        return Finding(True, {"what": "the profile names no conversations"})
    rows = audit.snapshot.scan().select(anomalies.COLUMNS).collect()
    found = [one for one in anomalies.anomalies(rows, audit.settings.conversations.anomalies) if one.severity == severity]
    return Finding(not found, {one.kind: one.line for one in found})


def no_secrets(audit: Audit) -> Finding:
    """A second engine with patterns of its own finds no secret in any message, call or tool."""
    return gates.left_by_redaction(audit, LEFT_IN_CONVERSATIONS.bind(audit.settings.conversations.redaction), "secrets")


def no_personal_data(audit: Audit) -> Finding:
    """A second engine with patterns of its own finds no personal data in any message, call or tool."""
    return gates.left_by_redaction(audit, LEFT_IN_CONVERSATIONS.bind(audit.settings.conversations.redaction), "personal_data")


RAW_CONVERSATIONS = Contract("raw_conversations", "assets.conversations.schema:RawConversations", gates.OPTIONAL_SOURCE)
TOOL_CONVERSATIONS = Contract(
    "tool_conversations",
    "assets.conversations.schema:ToolConversations",
    (
        *gates.OPTIONAL_TABLE, every_conversation_is_accounted_for, conversations_are_within_bounds, orphan_calls_are_marked,
        no_secrets, no_personal_data, nothing_is_severely_odd, nothing_is_odd,
    ),
    warnings=("nothing_is_odd",),
)  # fmt: skip
