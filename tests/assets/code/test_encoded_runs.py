"""Runs of inline data against regular expressions."""

import re

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets import machine_code

LONGEST, CHARS = range(2)
BASE64 = r"[a-zA-Z0-9+/\n=]{64,}"
ENCODED = r"(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8}|(?:\\u[0-9a-fA-F]{4}){8}"
SIGNS = ["é", "日", " ", "\n", "a", "Z9", "0x4f, ", "4F ", "\\x41", "\\u00e9", "QUJD" * 5, "=" * 63, "x" * 64]


def runs(*texts: str) -> tuple[np.ndarray, list[list[str]]]:
    """Return the numbers of each text, and its runs that may be pairs."""
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)]).astype(np.int64)
    found, spans = np.full((len(data), 2), -1, np.int64), np.full((1_000, 3), -1, np.int64)
    kernel, flat = machine_code.load("assets.code.encoded_runs").find_runs, b"".join(data)
    bounds = np.column_stack([ends[:-1], ends[1:]])
    many = kernel(np.frombuffer(flat, np.uint8), bounds, np.empty(64, np.uint8), found, spans)
    assert kernel(np.frombuffer(flat, np.uint8), bounds, np.empty(64, np.uint8), found, spans[:0]) == many
    pairs = [[flat[start:end].decode() for row, start, end in spans[:many].tolist() if row == text] for text in range(len(texts))]
    return found, pairs


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.sampled_from(SIGNS), max_size=30).map("".join), min_size=1, max_size=4))
@example(["x" * 64 + " " + "y" * 65, "-" + "x" * 63 + "-" + "x" * 200, "", "x" * 63])
def test_runs_are_those_of_the_patterns(texts: list[str]) -> None:
    for text, row, pairs in zip(texts, *runs(*texts), strict=True):
        found = [len(run) for run in re.findall(BASE64, text)]
        assert (row[LONGEST], row[CHARS]) == (max(found, default=0), sum(found))
        assert all(any(match[0] in run for run in pairs) for match in re.finditer(ENCODED, text))


@pytest.mark.parametrize(
    "text",
    ["4f," * 7 + "4f", "4f 4F\n4f\u00a04f,4f,4f,4f,4f", "a" + "\\x41" * 8, "0x41," * 8, "\\u00e9" * 8, "\\u00e9" * 8 + "abc", "4f 4f " * 4],
)
def test_runs_of_pairs_are_never_missed(text: str) -> None:
    assert re.search(ENCODED, text)
    for before in ("", "=" * 50, "=" * 64, " " * 70):
        assert len(runs(f"{before}x = '{text}'")[1][0]) == 1


def test_few_other_texts_may_be_pairs() -> None:
    code = "def area(radius):\n    return 3.14 * radius * radius\n" * 9
    assert runs(code, "        \n" * 50, "1 2 3 4 5 6 7 8 9 0 " * 9, "0x123, " * 20)[1] == [[], [], [], []]
