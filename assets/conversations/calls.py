"""Calls as they are written into text or JSON, in all their variants.

A call is an object with `name` and `arguments`, bare or in OpenAI's `function`. Its arguments are an object, or JSON in a string.

- `parameters` in the place of arguments are the arguments (`parameters_for_arguments`); with both, which differ, it is refused;
- arguments that are null, empty or missing are `{}` (`missing_arguments`);
- lists and other values stay as they are: the call is malformed, and says so;
- text after the JSON (`trailing_text`) is kept as what the assistant says; stray brackets and quotes are dropped.
"""

import re
from typing import Any

from assets.conversations import inner_json
from assets.conversations.canonical import Call, Draft
from assets.conversations.refusal import Refused

TRAILING_TEXT = "trailing_text"
# {"name": "f", "arguments": '{…}'}: the quotes that Glaive puts around arguments are no JSON.
_QUOTED = re.compile(r"""\{\s*"name"\s*:\s*("(?:[^"\\]++|\\.)*+")\s*,\s*"(arguments|parameters)"\s*:\s*'""", re.DOTALL)
_CLOSING = re.compile(r"'\s*\}")
STRAY = " \t\r\n}])'\"`;,."


def of_value(value: Any, draft: Draft, field: str) -> list[Call]:
    """Return the call that a JSON value is, or the calls of a list. Raises Refused (`broken_call` and those of `inner_json`)."""
    if isinstance(value, list) and value:
        return [_call(part, draft, field) for part in value]
    return [_call(value, draft, field)]


def _call(value: Any, draft: Draft, field: str) -> Call:
    if isinstance(value, dict) and isinstance(value.get("function"), dict):
        value = value["function"]
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name:
        raise Refused("broken_call", "a call is no object with a name", field=field)
    given = [key for key in ("arguments", "parameters") if value.get(key) is not None]
    arguments = [_arguments(value[key], draft, field) for key in given]
    if len(arguments) == 2 and inner_json.dumps(arguments[0]) != inner_json.dumps(arguments[1]):
        raise Refused("broken_call", "a call has arguments and parameters, and they differ", field=field)
    if given == ["parameters"]:
        draft.repaired("parameters_for_arguments", field)
    return _made(name, arguments[0] if arguments else None, draft, field)


def _made(name: str, arguments: Any, draft: Draft, field: str, offset: int = 0) -> Call:
    if arguments is None:
        draft.repaired("missing_arguments", field, offset)
    return Call(name, {} if arguments is None else arguments)


def _arguments(value: Any, draft: Draft, field: str) -> Any:
    """Return arguments as a value; JSON in a string is read; words after it go to the message."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        found = inner_json.read(value)
    except Refused as refused:
        raise Refused(_rule(refused), refused.reason, refused.offset, field) from None
    _note(found.repairs, draft, field)
    draft.late.append(remainder(found.rest, draft, field, len(value) - len(found.rest)))
    return found.value


def _rule(refused: Refused) -> str:
    return "broken_arguments" if refused.rule == "not_json" else refused.rule


def in_text(text: str, offset: int, draft: Draft, field: str) -> tuple[list[Call], str]:
    """Return the calls that `text` begins with (it stands at `offset` of `field`), and all of the text that follows them.

    Raises Refused (`broken_call`, `broken_arguments`, `ambiguous_json`) with the place.
    """
    try:
        quoted = _QUOTED.match(text)
        calls, rest = _quoted(text, quoted, draft, field, offset) if quoted else _plain(text, draft, field, offset)
    except Refused as refused:
        rule = "broken_call" if refused.rule == "not_json" else refused.rule
        within = 0 if refused.field else refused.offset  # what is placed already is counted from the start of a string in it
        raise Refused(rule, refused.reason, offset + within, field) from None
    return calls, rest


def _plain(text: str, draft: Draft, field: str, offset: int) -> tuple[list[Call], str]:
    found = inner_json.read(text)
    _note(found.repairs, draft, field, offset)
    return of_value(found.value, draft, field), found.rest


def _quoted(text: str, head: re.Match[str], draft: Draft, field: str, offset: int) -> tuple[list[Call], str]:
    body = text[head.end() :]
    if body.lstrip().startswith("'"):
        value, rest = None, body
    else:
        try:
            found = inner_json.read(body)
        except Refused as refused:
            raise Refused(_rule(refused), refused.reason, refused.offset + head.end()) from None
        _note(found.repairs, draft, field, offset + head.end())
        value, rest = found.value, found.rest
    closing = _CLOSING.search(rest)
    if not closing:
        raise Refused("broken_call", "its arguments are not closed", len(text) - len(rest))
    if stray := rest[: closing.start()].strip():
        draft.repaired(TRAILING_TEXT, field, offset + len(text) - len(rest))
    words = f"{stray}\n" if stray.strip(STRAY) else ""
    name = inner_json.loads(head[1])
    if not name:
        raise Refused("broken_call", "a call has no name")
    if head[2] == "parameters":
        draft.repaired("parameters_for_arguments", field, offset)
    return [_made(name, value, draft, field, offset)], words + rest[closing.end() :]


def remainder(rest: str, draft: Draft, field: str, offset: int) -> str:
    """Return what of the text after calls is words, which begin at `offset`, and note that something stood there."""
    if rest.strip():
        draft.repaired(TRAILING_TEXT, field, offset)
    return rest.strip() if rest.strip(STRAY) else ""


def _note(repairs: tuple[str, ...], draft: Draft, field: str, offset: int = 0) -> None:
    for repair in repairs:
        draft.repaired(repair, field, offset)


def as_written(call: Call) -> dict[str, Any]:
    """Return a call as a JSON object; arguments that are a string are quoted, because readers take strings for JSON."""
    arguments = inner_json.dumps(call.arguments) if isinstance(call.arguments, str) else call.arguments
    return {"name": call.name, "arguments": arguments}
