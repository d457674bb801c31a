"""What filters and resume need to know of a pull request, out of whatever listed it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_TIME = "%Y-%m-%dT%H:%M:%SZ"


def facts(item: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what filters and resume need to know of a pull request, from GET pulls, GET pulls/N or a search result; None: not one."""
    try:
        user, labels = item.get("user"), item.get("labels") or []
        merged = item.get("merged_at") or (item.get("pull_request") or {}).get("merged_at")
        return {
            "number": _positive(item["number"]),
            "updated_at": written(moment(item["updated_at"])),
            "created_at": written(moment(item["created_at"])),
            "state": "open" if item["state"] == "open" else "closed",
            "is_merged": bool(merged),
            "author": str(user["login"]) if user else None,
            "labels": [str(label["name"] if isinstance(label, dict) else label) for label in labels],
        }
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def first(items: list[Any]) -> dict[str, Any] | None:
    """Return the facts of the first of `items`, None when there is none."""
    return facts(items[0]) if items and isinstance(items[0], dict) else None


def name_of(pulls: list[Any]) -> str | None:
    """Return the name that the host uses for the repository of `pulls`."""
    try:
        name = str(pulls[0]["base"]["repo"]["full_name"])
    except (KeyError, TypeError, IndexError):
        return None
    return name if re.fullmatch(r"[\w.-]+/[\w.-]+", name) else None


def moment(text: str) -> datetime:
    """Return the time that `text` (ISO 8601) says, in UTC."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def written(moment: datetime) -> str:
    """Return `moment` as GitHub writes it: such texts sort by time."""
    return moment.strftime(_TIME)


def _positive(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 2**63:
        raise ValueError
    return number
