"""What of a published row is the conversation: the columns of its form (see `assets.conversations.formats`), as canonical JSON.

Other columns (categories, weights, ids) are left out. A row that is a list of turns is taken for its `conversations` (turns with `from`)
or `messages` (turns with `role`). A row of no known form stays whole, for the ledger of the next asset.
"""

import re
from collections.abc import Sequence
from typing import Any

from assets.conversations import formats, hermes, inner_json
from assets.conversations.refusal import Refused

_GLAIVE, _XLAM = ("system", "chat", "tool_responses"), ("query", "tools", "answers")
_BESIDE_TURNS = ("system", "tools", "functions")
COLUMNS = ("system", "chat", "tool_responses", "conversations", "messages", "tools", "functions", "query", "answers")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\- ]{0,39}")
_NAMES = 20  # columns that a ledger row lists
MARKS = ("chat", "conversations", "messages", "query")  # each form has one of them


def of_row(value: Any) -> tuple[str, tuple[str, ...]]:
    """Return (payload, names of the columns that are left out). Raises Refused (`no_row`, `not_json`, `not_unicode`)."""
    row = _unwrapped(value)
    wanted = _columns(row)
    chosen = {name: row[name] for name in row if name in wanted}
    try:
        payload = inner_json.dumps(chosen)
        payload.encode()
    except UnicodeEncodeError:
        raise Refused("not_unicode", "half of a surrogate pair stands alone") from None
    except (ValueError, RecursionError):
        raise Refused("not_json", "a number is not finite, or it is nested too deeply") from None
    return payload, tuple(name for name in row if name not in wanted)


def without_nulls(value: Any) -> Any:
    """Return a row of Parquet without the nulls below its columns.

    Arrow gives every object in a column all keys that any of them has: a null says that the key was not there.
    """
    return {name: _stripped(item) for name, item in value.items()} if isinstance(value, dict) else value


def shown(names: Sequence[str]) -> str:
    """Return the names of columns for the ledger; what does not look like a name is not repeated."""
    known = [name if _NAME.fullmatch(name) else "(another)" for name in names[:_NAMES]]
    return ", ".join(known) + (f" and {len(names) - _NAMES} more" if len(names) > _NAMES else "")


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stripped(item) for name, item in value.items() if item is not None}
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def _unwrapped(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value):
        return {"conversations" if "from" in value[0] else "messages": value}
    raise Refused("no_row", "neither an object nor a list of turns")


def _columns(row: dict[str, Any]) -> tuple[str, ...]:
    try:
        form = formats.detect(row)
    except Refused:
        return tuple(row)
    if form in ("glaive", "xlam"):
        return _GLAIVE if form == "glaive" else _XLAM
    return (str(hermes.column_of_turns(row)), *_BESIDE_TURNS)
