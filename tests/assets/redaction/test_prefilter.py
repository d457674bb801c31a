"""The prefilter misses no place that its anchors match: what it does not name, no rule is tried on."""

import re
from bisect import bisect_left

import pytest

from assets.redaction.prefilter import spots
from assets.redaction.rulebook import rules
from tests.assets.redaction import labelled
from tests.assets.redaction.test_quality import SETS


@pytest.fixture(scope="module")
def text() -> bytes:
    return "\n".join(sample.text for half in SETS for sample in labelled.samples(half, 1)).encode()


def has_number_at(text: bytes, end: int) -> bool:
    """Say whether seven digits lie within 32 bytes of which the last of an anchor is one."""
    return any(len(re.findall(rb"[0-9]", text[start : start + 32])) >= 7 for start in range(max(0, end - 32), end))


def test_every_place_that_an_anchor_matches_is_named(text: bytes) -> None:
    named: dict[int, list[int]] = {}
    for rule, end in spots(text):
        named.setdefault(rule, []).append(end)
    missed = []
    for place, rule in enumerate(rules()):
        ends = named.get(place, [])
        for found in re.finditer(rule.anchor, text):
            if rule.near == "digits" and not has_number_at(text, found.end()):
                continue
            at = bisect_left(ends, found.start() + 1)  # hyperscan names every end: of the longest match as of the shortest
            if at == len(ends) or ends[at] > found.end():
                missed.append((rule.name, found[0]))
    assert missed == []


def test_the_sets_try_most_rules(text: bytes) -> None:
    assert len({rule for rule, _ in spots(text)}) > len(rules()) / 2
