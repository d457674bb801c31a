"""JSON inside of text: read strictly, or repaired where exactly one reading is left, or refused with its place.

Strict means RFC 8259 and a little more: NaN, Infinity and numbers that a double cannot hold are refused, as are keys that stand twice in
an object with different values (nobody can tell which is meant), and nesting deeper than MAX_DEPTH. Repairs, tried in this order:

- `raw_newlines`: line breaks and other control characters inside of strings, which JSON wants escaped;
- `escaped_apostrophes`: `\\'`, which JSON does not know. Where the text holds other backslashes too, it may be JSON with a needless
  escape, or a Python string with JSON inside: if both readings are JSON and differ, it is refused;
- `single_quotes`: a Python literal, `{'a': 'b', 'c': True}`. An apostrophe inside of such a string must be escaped.
"""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from assets.conversations.refusal import Refused

MAX_DEPTH = 100
RAW_NEWLINES, ESCAPED_APOSTROPHES, SINGLE_QUOTES = "raw_newlines", "escaped_apostrophes", "single_quotes"
_MAX_DIGITS = 4000  # Python refuses to read integers of more than 4300 digits
# Possessive: hostile texts of megabytes must neither be tried again from the back nor fill memory.
_PLAIN = re.compile(r"(?:[^'\\]++|\\.)*+", re.DOTALL)
_TOKEN = re.compile(r"""\s++|'(?:[^'\\]++|\\.)*+'|"(?:[^"\\]++|\\.)*+"|[A-Za-z]++|[-+.\w]++|[{}\[\]:,]""", re.DOTALL)
_WORDS = {"True": "true", "False": "false", "None": "null"}
_CONSTANT = re.compile(r'"(?:[^"\\]++|\\.)*+"|(NaN|-?Infinity)', re.DOTALL)
_BLANK = re.compile(r"[ \t\n\r]*")
_CONTROL = re.compile(r"[\x00-\x1f]")
dumps = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Read(NamedTuple):
    """A value, the text after it, and the repairs that it took."""

    value: Any
    rest: str
    repairs: tuple[str, ...] = ()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs) and any(dumps(found[key]) != dumps(value) for key, value in pairs):
        raise Refused("not_json", "a key stands twice in an object, with different values")
    return found


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise Refused("not_json", "a number is out of range")
    return value


def _whole(number: str) -> int:
    if len(number) > _MAX_DIGITS:
        raise Refused("not_json", "a number has too many digits")
    return int(number)


def _constant(name: str) -> float:
    raise Refused("not_json", f"{name} is not JSON")


_HOOKS: dict[str, Any] = {"object_pairs_hook": _unique, "parse_float": _finite, "parse_int": _whole, "parse_constant": _constant}
_STRICT, _LAX = json.JSONDecoder(**_HOOKS), json.JSONDecoder(**_HOOKS, strict=False)


def loads(text: str) -> Any:
    """Return the value of a JSON text. Raises Refused (`not_json`) with the offset, also for what follows the value."""
    found = _decode(_STRICT, text)
    if found.rest.strip():
        raise Refused("not_json", "something follows the value", len(text) - len(found.rest))
    return found.value


def read(text: str) -> Read:
    """Return the JSON value that `text` begins with, repaired if need be. Raises Refused (`not_json`) with the offset and the reason."""
    try:
        return _decode(_STRICT, text)
    except Refused as refused:
        first = refused
    for repaired in (_relaxed, _unescaped, _unquoted):
        if found := repaired(text):
            return found
    raise first


def strict(text: str, start: int) -> tuple[Any, int]:
    """Return the JSON value that stands at `start`, and where it ends. Raises Refused (`not_json`)."""
    value, end = _decoded(_STRICT, text, start)
    return value, end


def _decode(decoder: json.JSONDecoder, text: str) -> Read:
    value, end = _decoded(decoder, text, _BLANK.match(text).end())  # type: ignore[union-attr]
    return Read(value, text[end:])


def _decoded(decoder: json.JSONDecoder, text: str, start: int) -> tuple[Any, int]:
    try:
        value, end = decoder.raw_decode(text, start)
        _check_depth(text[start:end], start)
    except json.JSONDecodeError as error:
        raise Refused("not_json", error.msg, error.pos) from None
    except Refused as refused:  # a hook does not know where it is
        raise Refused(refused.rule, refused.reason, refused.offset or _constant_offset(text, start)) from None
    except RecursionError:
        raise Refused("not_json", f"nested more than {MAX_DEPTH} deep", start) from None
    return value, end


def _constant_offset(text: str, start: int) -> int:
    """Return where the first NaN or Infinity stands outside of strings; without one, where the value begins."""
    return next((found.start(1) for found in _CONSTANT.finditer(text, start) if found[1]), start)


def _check_depth(text: str, start: int) -> None:
    """Refuse what is nested too deeply for a recursive reader, wherever in the call stack that is."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for bracket in _brackets(text):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise Refused("not_json", f"nested more than {MAX_DEPTH} deep", start)


def _brackets(text: str) -> Iterator[str]:
    """Yield the brackets of a JSON text that do not stand in strings."""
    inside = False
    for mark in re.finditer(r"\\.|[\"\[\]{}]", text, re.DOTALL):
        if mark[0] == '"':
            inside = not inside
        elif not inside and len(mark[0]) == 1:
            yield mark[0]


def _attempt(text: str, repair: str) -> Read | None:
    """Return what `text` reads as when control characters may stand in strings, which is `raw_newlines` where it was necessary."""
    try:
        return Read(*_decode(_STRICT, text)[:2], (repair,) if repair else ())
    except Refused:
        pass
    try:
        found = _decode(_LAX, text)
    except Refused:
        return None
    return Read(found.value, found.rest, (*((repair,) if repair else ()), RAW_NEWLINES))


def _relaxed(text: str) -> Read | None:
    return _attempt(text, "")


def _unescaped(text: str) -> Read | None:
    """Read JSON with `\\'` in it, as JSON with a needless escape and as a Python string that holds JSON: they must agree."""
    if "\\'" not in text and '\\"' not in text[:8]:
        return None
    readings = [_attempt(re.sub(r"\\(.)", lambda pair: "'" if pair[1] == "'" else pair[0], text, flags=re.DOTALL), ESCAPED_APOSTROPHES)]
    literal = _literal(_PLAIN.match(text)[0])  # type: ignore[index]
    readings.append(None if literal is None else _attempt(literal, ESCAPED_APOSTROPHES))
    found = [reading for reading in readings if reading]
    if len(found) == 2 and dumps(found[0].value) != dumps(found[1].value):
        raise Refused("ambiguous_json", "its backslashes can be read in two ways", text.find("\\"))
    if len(found) == 1 and found[0] is readings[1]:  # the text after the value is that of the string as it stands
        return Read(found[0].value, found[0].rest + text[_PLAIN.match(text).end() :], found[0].repairs)  # type: ignore[union-attr]
    return found[0] if found else None


def _literal(body: str) -> str | None:
    """Return the value of the Python string literal whose text between single quotes is `body`; None where it is not one."""
    written = _CONTROL.sub(lambda found: rf"\x{ord(found[0]):02x}", body)
    try:
        value = ast.literal_eval(f"'{written}'")
    except (SyntaxError, ValueError):
        return None
    return str(value)


def _unquoted(text: str) -> Read | None:
    """Read a Python literal of dicts, lists, strings, numbers, True, False and None."""
    tokens, depth, end = [], 0, 0
    for token in _TOKEN.finditer(text):
        if token.start() != end:
            return None
        end = token.end()
        translated = _translated(token[0])
        if translated is None:
            return None
        tokens.append(translated)
        depth += (token[0] in ("{", "[")) - (token[0] in ("}", "]"))
        if depth <= 0 and token[0].strip():
            break
    try:
        found = _decode(_STRICT, "".join(tokens))
    except Refused:
        return None
    return None if found.rest.strip() else Read(found.value, text[end:], (SINGLE_QUOTES,))


def _translated(token: str) -> str | None:
    if token[0] != "'":
        return _WORDS.get(token, token)
    value = _literal(token[1:-1])
    return None if value is None else dumps(value)
