"""Declarations of tools, in whatever wrapping they are published, in OpenAI's form: `{"type": "function", "function": {…}}`.

The function itself is kept as published. A tool that is declared twice stands once when both are equal (`duplicate_tools`); when they
differ nobody can tell which one the calls mean, and the row is refused (`conflicting_tools`).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from assets.conversations import escapes, inner_json
from assets.conversations.canonical import MAX_PARTS, Draft, Tool
from assets.conversations.inner_json import dumps
from assets.conversations.refusal import Refused

_OBJECT = re.compile(r"""[\[{]\s*(?=["'{])""")
_NAMED = re.compile(r"""[\[{\s]*["']name["']\s*:""")
_MAX_FAILURES = 64  # of texts that look like JSON and are not: what follows more of them in a prompt is not looked at
_SEPARATORS = "\n \t\r]},;"
_BETWEEN = re.compile(r"[\s,;]*")
_PYTHON_TYPES = {
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "dict": "object",
    "list": "array",
    "tuple": "array",
}


def is_tool(value: Any) -> bool:
    """Return whether a JSON value declares a tool, bare or wrapped."""
    function = value.get("function") if _is_wrapped(value) else value
    return isinstance(function, dict) and isinstance(function.get("name"), str) and bool(function["name"])


def _is_wrapped(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "function" and isinstance(value.get("function"), dict)


def wrapped(value: Any) -> Tool:
    """Return a declaration in OpenAI's form. Raises Refused (`broken_tools`) for what is none."""
    if not is_tool(value):
        raise Refused("broken_tools", "a declaration is no object with a name")
    return value if _is_wrapped(value) else {"type": "function", "function": value}


def bare(tool: Tool) -> Any:
    """Return what `wrapped` gives the tool for: the function alone, unless that would lose something."""
    return tool if tool.keys() != {"type", "function"} or _is_wrapped(tool["function"]) else tool["function"]


def declare(draft: Draft, values: Any, field: str) -> None:
    """Add declarations, a list of them or one. Raises Refused (`broken_tools`, `conflicting_tools`)."""
    for value in values if isinstance(values, list) else [values]:
        tool = wrapped(value)
        same = [known for known in draft.tools if known["function"]["name"] == tool["function"]["name"]]
        if not same:
            draft.tools.append(tool)
            if len(draft.tools) > MAX_PARTS:
                raise Refused("too_long", f"more than {MAX_PARTS} tools")
        elif dumps(same[0]) != dumps(tool):
            raise Refused("conflicting_tools", "a tool is declared twice, differently")
        else:
            draft.repaired("duplicate_tools", field)


def declare_text(draft: Draft, text: str, field: str) -> None:
    """Add the declarations of a text that holds nothing else: a JSON list, or objects one after another."""
    rest = text
    while rest := rest[_BETWEEN.match(rest).end() :]:  # type: ignore[union-attr]
        offset = len(text) - len(rest)
        try:
            found = inner_json.read(rest)
            declare(draft, found.value, field)
        except Refused as refused:
            rule = "broken_tools" if refused.rule == "not_json" else refused.rule
            raise Refused(rule, refused.reason, refused.offset + offset, field) from None
        for repair in found.repairs:
            draft.repaired(repair, field, offset)
        rest = found.rest


def declare_field(draft: Draft, value: Any, field: str) -> None:
    """Add the declarations of a column: null, a list, or JSON in a string."""
    if isinstance(value, str):
        declare_text(draft, value, field)
    elif value is not None:
        try:
            declare(draft, value, field)
        except Refused as refused:
            raise refused.within(field) from None


def take_out(draft: Draft, text: str, field: str) -> str:
    """Add the tools that stand in a system prompt, JSON objects or lists one after another; return the prompt without them.

    Other JSON in the prompt is text. An object that begins with a name and is not JSON, even when repaired, is a broken declaration.
    The line break before the first tool goes with it; text between and behind tools stays (`tools_inside_text`).
    """
    spans = list(_spans(draft, text, field))
    if not spans:
        return text
    ends = [*(start for start, _ in spans[1:]), len(text)]
    after = [text[end:following].strip(_SEPARATORS) for (_, end), following in zip(spans, ends, strict=True)]
    if any(after):
        draft.repaired("tools_inside_text", field, spans[0][0])
    return "\n".join([text[: spans[0][0]].removesuffix("\n"), *filter(None, after)])


def _spans(draft: Draft, text: str, field: str) -> Iterator[tuple[int, int]]:
    """Declare the tools that stand in a text; yield where each object or list of them begins and ends."""
    at, failures = 0, 0
    while failures < _MAX_FAILURES and (opening := _OBJECT.search(text, at)):
        start = opening.start()
        try:
            value, at = _value_at(draft, text, start, field)
        except Refused as refused:
            if _NAMED.match(text, start):
                raise Refused("broken_tools", refused.reason, refused.offset, field) from None
            at, failures = start + 1, failures + 1
            continue
        if value and all(is_tool(part) for part in (value if isinstance(value, list) else [value])):
            try:
                declare(draft, value, field)
            except Refused as refused:
                raise refused.within(field, start) from None
            yield start, at


def _value_at(draft: Draft, text: str, start: int, field: str) -> tuple[Any, int]:
    """Return the JSON value at `start` and its end. Only what looks like a tool is repaired."""
    if not _NAMED.match(text, start):
        return inner_json.strict(text, start)
    try:
        found = inner_json.read(text[start:])
    except Refused as refused:
        raise Refused(refused.rule, refused.reason, refused.offset + start) from None
    for repair in found.repairs:
        draft.repaired(repair, field, start)
    return found.value, len(text) - len(found.rest)


def from_python_types(tool: Any) -> Any:
    """Return a tool of xLAM's data, whose parameters are described by Python's types, with a JSON Schema.

    `{"city": {"type": "str, optional", "default": ""}}` becomes an object schema with the property city of type string. A parameter is
    required unless it is called optional or has a default. Types that JSON does not know are left open.
    """
    described = tool.get("parameters") if isinstance(tool, dict) else None
    if not isinstance(described, dict) or "properties" in described or not all(isinstance(value, dict) for value in described.values()):
        return tool
    required = [name for name, value in described.items() if "default" not in value and "optional" not in _python_type(value)]
    properties = {name: {**value, **_schema_type(value)} for name, value in described.items()}
    for value in properties.values():
        if value.get("type") is None:
            value.pop("type", None)
    return {**tool, "parameters": {"type": "object", "properties": properties, "required": required}}


def _schema_type(described: dict[str, Any]) -> dict[str, Any]:
    word = re.match(r"[a-z]*", _python_type(described).removeprefix("optional["))[0]  # type: ignore[index]
    return {"type": _PYTHON_TYPES.get(word) or (word if word in _PYTHON_TYPES.values() else None)}


def _python_type(described: dict[str, Any]) -> str:
    return str(described.get("type", "")).lower()


def as_lines(tools: tuple[Tool, ...], indent: int | None) -> list[str]:
    """Return the JSON of each tool as it is published, without `<`."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=indent).encode
    return [escapes.in_json(encode(bare(tool))) for tool in tools]
