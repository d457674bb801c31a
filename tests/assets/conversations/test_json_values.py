import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.conversations.json_values import leaves, mapped

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=9
)


@settings(deadline=None, max_examples=60)
@given(VALUES)
def test_every_string_is_changed_and_nothing_else(value: Any) -> None:
    changed = mapped(value, lambda text: f"<{text}>")
    assert list(leaves(changed)) == [f"<{leaf}>" if isinstance(leaf, str) else leaf for leaf in leaves(value)]
    assert json.dumps(mapped(changed, lambda text: text[1:-1])) == json.dumps(value)


def test_keys_are_leaves_too() -> None:
    assert list(leaves({"a": [1, {"b": None}], "c": "d"})) == ["a", 1, "b", None, "c", "d"]
