"""The rules: read from `rules/*.yaml`, compiled once per process, a pattern when it is first tried."""

import json
import re
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

from assets import compiled

_FILES = ("vendors", "shapes", "addresses", "numbers", "people")  # in this order a rule has the first claim on a place
_BEFORE, _AFTER = 96, 320  # bytes around the end of an anchor in which the whole pattern lies, unless the rule says otherwise
_ESCAPED = rb"(?<=\\[nrtbfv])"  # in "…\nAKIA…" the n is not a part of the word


@dataclass(frozen=True)
class Rule:
    """What to look for.

    `anchor` finds candidate places (hyperscan syntax, fixed end), `whole` matches the whole thing around one (re, on UTF-8 bytes)
    with the value in the group "value" or 1, `checks` are names of a CHECKS table with their threshold, which all must hold; `parts` is a
    name of `parts.PARTS` where a match holds several values. A rule with `near` is for places that `windows.windows` knows by that name,
    one that is not `in_code` for texts in no language with a grammar.
    """

    name: str
    group: str
    anchor: bytes
    whole: bytes
    checks: tuple[tuple[str, float], ...]
    before: int
    after: int
    parts: str | None
    near: str | None
    in_code: bool

    @cached_property
    def pattern(self) -> re.Pattern[bytes]:
        """`whole`, compiled: most texts have candidates for few rules."""
        return re.compile(self.whole)

    @cached_property
    def value_group(self) -> str | int:
        """The group of `pattern` that is replaced."""
        return "value" if "value" in self.pattern.groupindex else 1


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules, the more specific ones first."""
    return tuple(_rule(book, entry) for book in map(read, _FILES) for entry in book["rules"])


@cache
def read(name: str) -> dict[str, Any]:
    """Return what `rules/<name>.yaml` holds; as JSON, in which it is kept, it is read in a twentieth of the time."""
    path = Path(__file__).parent / "rules" / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    return dict(json.loads(compiled.kept(path, text, ".json", partial(_parsed, text))))


def _parsed(text: str) -> bytes:
    import yaml

    return json.dumps(yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))).encode()


@cache
def groups() -> dict[str, str]:
    """Return class -> "secrets" or "personal_data", sorted by class."""
    return dict(sorted({rule.name: rule.group for rule in rules()}.items()))


def _rule(book: dict[str, Any], entry: dict[str, Any]) -> Rule:
    split = (check.split() for check in entry.get("checks", ()))
    checks = tuple((words[0], float(words[1]) if len(words) > 1 else 0.0) for words in split)
    anchor = re.sub(r"^(\(\?i\))?\\b", r"\1(?:\\b|\\\\[nrtbfv])", entry["anchor"]).encode("latin-1")
    whole = _after_escapes(entry["pattern"].encode("latin-1"))
    before, after = entry.get("before", _BEFORE), entry.get("after", _AFTER)
    near = entry.get("near", book.get("near"))
    return Rule(entry["class"], book["group"], anchor, whole, checks, before, after, entry.get("parts"), near, entry.get("code", True))


def _after_escapes(pattern: bytes) -> bytes:
    """Return `pattern` with its leading (?<!…) also content after an escape such as \\n, whose letter is not the text's."""
    leading = re.match(rb"\(\?<!(?:\[(?:\\.|[^\]\\])+\]|\\?.)\)", pattern)
    return pattern if leading is None else b"(?:" + leading[0] + b"|" + _ESCAPED + b")" + pattern[leading.end() :]
