"""Marks of a format inside of what somebody says: hidden from the format's readers, and given back exactly.

A zero-width space is put into everything that could be taken for a mark. The text looks the same, every reader of the format takes it for
text, and one more space is put where there are some already, so that `reveal` gives back exactly what `hide` was given. In JSON no such
thing is needed: there `<` is written as its escape.
"""

import re

ZERO_WIDTH_SPACE = "\u200b"
_SPACES = f"({ZERO_WIDTH_SPACE}*)"
_ROLES = f"(?m:^)[SUAF]{_SPACES}(?=YSTEM:|SER:|SSISTANT:|UNCTION RESPONSE:)"
_TAGS = re.compile(rf"<{_SPACES}(?=/?(?:tools|tool_call|tool_response)>)")
_GLAIVE = re.compile(rf"<{_SPACES}(?=functioncall>|\|endoftext\|>)|{_ROLES}")
_OBJECTS = re.compile(rf"[\[{{]{_SPACES}(?=\s*(?:[\"'{{]|\Z))")


def hide_tags(text: str) -> str:
    """Hide the tags of Hermes' form: in its own rows, and in those that must not be taken for it."""
    return _TAGS.sub(_more, text) if "tool" in text else text


def reveal_tags(text: str) -> str:
    """Return the text that `hide_tags` was given."""
    return _TAGS.sub(_less, text) if ZERO_WIDTH_SPACE in text else text


def hide_marks(text: str) -> str:
    """Hide Glaive's marks: `<functioncall>`, `<|endoftext|>`, and role words at the start of a line."""
    return _GLAIVE.sub(_more, text)


def reveal_marks(text: str) -> str:
    """Return the text that `hide_marks` was given."""
    return _GLAIVE.sub(_less, text) if ZERO_WIDTH_SPACE in text else text


def hide_objects(text: str) -> str:
    """Hide the beginnings of JSON objects and lists in Glaive's system prompt, which would be taken for tools."""
    return _OBJECTS.sub(_more, text)


def reveal_objects(text: str) -> str:
    """Return the text that `hide_objects` was given."""
    return _OBJECTS.sub(_less, text) if ZERO_WIDTH_SPACE in text else text


def in_json(text: str) -> str:
    """Return a JSON text without a `<`, which only stands in its strings."""
    return text.replace("<", "\\u003c")


def _more(found: re.Match[str]) -> str:
    return found[0] + ZERO_WIDTH_SPACE


def _less(found: re.Match[str]) -> str:
    return found[0].removesuffix(ZERO_WIDTH_SPACE)
