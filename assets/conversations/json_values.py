"""JSON values as Python holds them: all of their strings changed, all that they consist of listed."""

from collections.abc import Callable, Iterator
from typing import Any


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """Return a JSON value with `change` made to all of its strings and keys."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(key): mapped(item, change) for key, item in value.items()}
    return [mapped(item, change) for item in value] if isinstance(value, list) else value


def leaves(value: Any) -> Iterator[Any]:
    """Yield the keys and scalars of a JSON value, in its order."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value
