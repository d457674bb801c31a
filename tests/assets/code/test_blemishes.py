"""What cleaning looks for, against its definition in a few lines of Python."""

import re

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets import machine_code

ODD, TRAILING, VISIBLE, LINES, BYTES = range(5)
CONTINUATIONS = "".join(map(chr, range(0x80, 0xC0))) + bytes(range(0x80, 0xA0)).decode("cp1252", "ignore")
MAY_NEED_ANY = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]|[\u00c2-\u00f4][{CONTINUATIONS}]")
SIGNS = ["a", " ", "\t", "\n", "\r", "\0", "\x7f", "\x85", "\u00a0", "\ufeff", "é", "Ã", "©", "ü", "™", "日", "\U0001f600", "x" * 190]
TEXTS = st.lists(st.lists(st.sampled_from(SIGNS), max_size=12).map("".join), min_size=1, max_size=4)


def flat(*texts: str) -> tuple[np.ndarray, np.ndarray]:
    data = [text.encode() for text in texts]
    return np.frombuffer(b"".join(data), np.uint8), np.cumsum([0, *map(len, data)]).astype(np.int64)


def look(*texts: str) -> np.ndarray:
    found = np.full((len(texts), 5), -1, np.int64)
    data, ends = flat(*texts)
    machine_code.load("assets.code.blemishes").look(data, np.column_stack([ends[:-1], ends[1:]]), found)
    return found


def strip_lines(*texts: str) -> list[str]:
    data, bounds = flat(*texts)
    stripped, ends = np.zeros(len(data), np.uint8), np.zeros(len(texts), np.int64)
    machine_code.load("assets.code.blemishes").strip_lines(data, bounds, stripped, ends)
    return [stripped[start:end].tobytes().decode() for start, end in zip(bounds, ends, strict=False)]


@settings(deadline=None, max_examples=200)
@given(TEXTS)
@example(["", "a ", "\n", "é", "Ã", "©"])
@example(["x" * 192 + " ", "\nx", "x" * 191 + " \n", "x" * 190 + "Ã©", "x" * 191 + "\ufeff"])
def test_nothing_that_may_need_a_repair_is_missed(texts: list[str]) -> None:
    for text, row in zip(texts, look(*texts), strict=True):
        assert row[ODD] or not MAY_NEED_ANY.search(text)
        assert row[TRAILING] == (re.search(r"(?m)[ \t]$", text) is not None)
        assert row[VISIBLE] == any("!" <= sign <= "~" for sign in text)
        assert row[BYTES] == len(text.encode())
        assert not text or row[LINES] == text.count("\n") + (not text.endswith("\n"))


def test_what_is_in_order_is_not_odd() -> None:
    assert look("größe", "éé", "naïve “quoted” ©", "日本語", "a\tb\n", "x" * 500).T[ODD].tolist() == [0] * 6


@settings(deadline=None, max_examples=100)
@given(TEXTS)
@example(["  ", "a \t\n \nb\t", "\n \n"])
def test_lines_are_stripped(texts: list[str]) -> None:
    assert strip_lines(*texts) == ["\n".join(line.rstrip(" \t") for line in text.split("\n")) for text in texts]
