"""What is read of a JSON value that somebody else wrote: the value, or what is wrong with it. Nothing here raises on any JSON."""

import json
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

_INT64 = 1 << 63
_EXACT_FLOAT = 1 << 53
_MILLISECONDS = 100_000_000_000  # as seconds the year 5138, as milliseconds 1973: no export has either
_MAX_DIGITS_BITS = 8192  # Python refuses to write integers of more than 4300 digits
_ENCODE = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


class Flaw(NamedTuple):
    """A value that is not what it should be: the rule that tells, and what stands in for it."""

    rule: str
    value: Any


WRONG = Flaw("wrong_type", None)


class Field(NamedTuple):
    """A column: its name, how its value is read, and the dotted paths at which it may stand, the usual one first."""

    name: str
    read: Callable[[Any], Any]
    paths: tuple[tuple[str, ...], ...]


def field(name: str, read: Callable[[Any], Any], *paths: str) -> Field:
    """Return the field `name`, which stands at its own name unless `paths` say otherwise."""
    return Field(name, read, tuple(tuple(path.split(".")) for path in paths or (name,)))


def record(item: dict[str, Any], fields: Sequence[Field], place: str, flaws: dict[tuple[str, str], None]) -> dict[str, Any]:
    """Return each of `fields` of `item`, null where it is missing or wrong; what is wrong is noted in `flaws` as (rule, place)."""
    return {column.name: _first(item, column, place, flaws) for column in fields}


def _first(item: dict[str, Any], column: Field, place: str, flaws: dict[tuple[str, str], None]) -> Any:
    for path in column.paths:
        value: Any = item
        for depth, key in enumerate(path):
            if type(value) is not dict:
                if value is not None:
                    flaws["wrong_type", f"{place}{'.'.join(path[:depth])}"] = None
                value = None
                break
            value = value.get(key)
        if value is None:
            continue
        value = column.read(value)
        if type(value) is Flaw:
            flaws[value.rule, f"{place}{'.'.join(path)}"] = None
            value = value.value
        if value is not None:
            return value
    return None


def text(value: Any) -> Any:
    """Return a string; half a surrogate pair, which no UTF-8 can hold, becomes U+FFFD."""
    if type(value) is not str:
        return WRONG
    return value if value.isascii() or is_encodable(value) else Flaw("broken_text", repaired(value))


def upper(value: Any) -> Any:
    """Return a string in capitals: the REST API and webhooks write the same state differently."""
    found = text(value)
    return found.upper() if type(found) is str else found


def integer(value: Any) -> Any:
    """Return a 64-bit integer; 12.0 is one, because exports write so where a column has nulls. "12" and true are none."""
    if type(value) is float and math.isfinite(value) and value.is_integer() and abs(value) <= _EXACT_FLOAT:
        value = int(value)
    return value if type(value) is int and -_INT64 <= value < _INT64 else WRONG


def flag(value: Any) -> Any:
    """Return a boolean."""
    return value if type(value) is bool else WRONG


def moment(value: Any) -> Any:
    """Return a UTC time: of ISO 8601 (without a zone it is UTC), or of seconds or milliseconds since 1970."""
    try:
        if type(value) is str:
            found = datetime.fromisoformat(value.removesuffix(" UTC"))
            return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        seconds = integer(value)
        if type(seconds) is int and seconds >= 0:
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLISECONDS else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return WRONG


def names(value: Any) -> Any:
    """Return the names in a list of {"name": …}, or of strings as older exports have it."""
    return _strings(value, "name")


def shas(value: Any) -> Any:
    """Return the SHAs in a list of {"sha": …} or of strings."""
    return _strings(value, "sha")


def spdx(value: Any) -> Any:
    """Return an SPDX id; GitHub's NOASSERTION says that it does not know."""
    found = text(value)
    return None if found in ("NOASSERTION", "") else found


def is_encodable(value: str) -> bool:
    """Tell whether UTF-8 can hold `value`."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def repaired(value: str) -> str:
    """Return `value` with U+FFFD for each half of a surrogate pair."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def canonical(value: Any) -> tuple[str | None, bool]:
    """Return (`value` as JSON with sorted keys, whether that is all of it); what JSON or UTF-8 cannot hold is null or U+FFFD.

    A value that is nested too deeply to be written is None.
    """
    try:
        found = _ENCODE(value)
        if found.isascii() or is_encodable(found):
            return found, True
    except (ValueError, TypeError):
        pass
    except RecursionError:
        return None, False
    try:
        return _ENCODE(_plain(value)), False
    except RecursionError:
        return None, False


def _strings(value: Any, key: str) -> Any:
    if type(value) is not list:
        return WRONG
    found = [text(item.get(key) if type(item) is dict else item) for item in value]
    if all(type(item) is str for item in found):
        return found
    kept = [item.value if type(item) is Flaw else item for item in found]
    return Flaw("wrong_type", [item for item in kept if item is not None])


def _plain(value: Any) -> Any:
    if type(value) is dict:
        return {repaired(str(key)): _plain(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [_plain(item) for item in value]
    if type(value) is str:
        return repaired(value)
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is int:
        return value if value.bit_length() <= _MAX_DIGITS_BITS else None
    return value if value is None or type(value) is bool else None
