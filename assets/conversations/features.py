"""What a conversation is like, in numbers and tiers: the columns that slices, checks and sampling go by.

A **turn** is what begins with a message of the user and ends before the next one: `n_turns` counts the user's messages. Messages in
between (calls, responses, answers) belong to the turn; what stands before the first of them belongs to none.

The tier `complexity` is malformed when some arguments are invalid, else none (no call), simple (one call with few arguments), moderate (one
call with more) or complex (two calls or more). An **error** is a response that says so: JSON with a non-empty error or errors, with a
status of error or failure, or with success or ok false; or text that begins with error, exception, traceback or failed. It is handled when
the assistant goes on after it (`error_handling`). `conditional_error`: the assistant calls again after an error, before the user says
anything: what is done next depends on the error.
"""

import json
import re
from typing import Any

from assets.conversations.arguments import Checker
from assets.conversations.canonical import Conversation, Message

COMPLEXITIES = ("none", "simple", "moderate", "complex", "malformed")
TURN_BUCKETS = ("0", "1", "2-3", "4-5", "6+")
CALL_BUCKETS = ("0", "1", "2-3", "4+")
_ERROR_TEXT = re.compile(r"\s*(?:error|exception|traceback|failed)\b", re.IGNORECASE)
_ERROR_KEYS = ("error", "errors", "error_message", "exception")
_FAILED = ("error", "failed", "failure")


def features(conversation: Conversation, checker: Checker, simple_max_arguments: int) -> dict[str, Any]:
    """Return the columns of a conversation that are counted from it."""
    messages = conversation.messages
    tools = {tool["function"]["name"]: tool for tool in conversation.tools}
    calls = [call for message in messages for call in message.calls]
    verdicts = checker.verdicts(calls, tools)
    invalid = verdicts.count("invalid")
    turns = sum(message.role == "user" for message in messages)
    few = len(calls) == 1 and isinstance(calls[0].arguments, dict) and len(calls[0].arguments) <= simple_max_arguments
    handled, conditional = _errors(messages)
    return {
        "n_turns": turns,
        "n_calls": len(calls),
        "complexity": complexity(len(calls), few, invalid),
        "orphan_call": any(call.name not in tools for call in calls),
        "invalid_arguments": invalid,
        "unchecked_arguments": verdicts.count("unchecked"),
        "turn_bucket": turn_bucket(turns),
        "call_bucket": call_bucket(len(calls)),
        "parallel": any(len(message.calls) > 1 for message in messages),
        "error_handling": handled,
        "conditional_error": conditional,
        "tools_defined": len(tools),
        "ends_on_user": messages[-1].role == "user",
    }


def complexity(calls: int, few_arguments: bool, invalid: int) -> str:
    """Return the tier of a conversation."""
    if invalid:
        return "malformed"
    if calls == 1:
        return "simple" if few_arguments else "moderate"
    return "complex" if calls else "none"


def turn_bucket(turns: int) -> str:
    """Return the bucket of a number of turns."""
    return "6+" if turns > 5 else "4-5" if turns > 3 else "2-3" if turns > 1 else str(turns)


def call_bucket(calls: int) -> str:
    """Return the bucket of a number of calls."""
    return "4+" if calls > 3 else "2-3" if calls > 1 else str(calls)


def _errors(messages: tuple[Message, ...]) -> tuple[bool, bool]:
    """Return whether an error is followed by the assistant, and whether by another call of it in the same turn."""
    handled = conditional = failed = False
    for message in messages:
        if message.role == "tool":
            failed = failed or is_error(message.content or "")
        elif message.role == "assistant" and failed:
            handled, conditional = True, conditional or bool(message.calls)
            failed = bool(message.calls) and failed
        elif message.role == "user":
            failed = False
    return handled, conditional


def is_error(response: str) -> bool:
    """Return whether a tool's response reports an error."""
    try:
        value = json.loads(response)
    except (ValueError, RecursionError):
        return bool(_ERROR_TEXT.match(response))
    if not isinstance(value, dict):
        return isinstance(value, str) and bool(_ERROR_TEXT.match(value))
    if value.get("success") is False or value.get("ok") is False or str(value.get("status")).lower() in _FAILED:
        return True
    return any(value.get(key) for key in _ERROR_KEYS)
