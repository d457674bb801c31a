"""The kernels against the same in plain Python, on characters."""

import re
from bisect import bisect_right
from itertools import accumulate, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.corpus.chunks import slicing
from assets.corpus.chunks.declared import Declared
from assets.corpus.chunks.slicing import SlicedFile

KERNELS = machine_code.load("assets.corpus.chunks.piece_spans")
NONE = np.empty((0, 8), np.int64)
BLANKS = "\t\n\x0b\x0c\r\x1c\x1f \x85\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
NO_BLANKS = "ab_é\u200b\u2060\u00a1\u0105\u1681\u3001🙂\x1b\x00"
TEXTS = st.text(st.sampled_from(BLANKS + "\n\n  " + NO_BLANKS + "aaa"), max_size=60)
PARTS = [*"xé_1 \n\t#/*{:", "//", "/*", "*/", "public", "private", "pass", "protected", "publics"]


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end].rstrip()
    blank = len(piece) - len(piece.lstrip())
    return (start + piece.rfind("\n", 0, blank) + 1, start + len(piece)) if piece else (start, start)


def offsets(text: str) -> list[int]:
    """Return where each character starts in bytes, and the end."""
    return list(accumulate((len(character.encode()) for character in text), initial=0))


def whole(text: str) -> list[list[int]]:
    """Return the pieces of a file that declares nothing."""
    source, found = np.frombuffer(text.encode(), np.uint8), np.empty((1, 5), np.int64)
    rows: list[list[int]] = found[: KERNELS.find(source, np.array([(0, len(source), 0)]), NONE, np.empty((2, 1), np.int64), found)].tolist()
    return rows


@settings(deadline=None, max_examples=150)
@given(TEXTS)
def test_blanks_are_those_of_python(text: str) -> None:
    first, last = trimmed(text, 0, len(text))
    assert whole(text) == ([[0, -1, offsets(text)[first], offsets(text)[last], 0]] if first < last else [])


def test_every_character_is_a_blank_where_python_says_so() -> None:
    for point in [*range(0x3100), 0xFEFF, 0x1F600, 0x10FFFF]:
        character = chr(point)
        assert (whole(character) == []) == character.isspace(), hex(point)


def pieces(text: bytes, *rows: tuple[int, int, int]) -> list[list[int]]:
    """Return the pieces of a file with declarations (start, end, parent)."""
    table = np.array([(0, start, 0, 0, end, -1, -1, parent) for start, end, parent in rows], np.int64)
    sliced = SlicedFile(text, None)
    sliced.declared = Declared([], table, [], lambda order, smallest: [])
    found: list[list[int]] = slicing.pieces(text, [sliced])[0][:, slicing.ORDER :].tolist()
    return found


def test_what_is_between_the_methods_is_the_class_own() -> None:
    text = b"class A {\n  int x;\n  void f() {}\n  // only this\n  void g() {}\n  int y;\n}\n"
    at = [text.index(mark) for mark in (b"  void f", b"\n  // only", b"  void g", b"\n  int y", b"\n}")]
    f, after_f, g, after_g, end = at
    found = pieces(text, (0, end + 2, -1), (f, after_f, 0), (g, after_g, 0))
    assert [(order, text[start:stop]) for order, start, stop in found] == [
        (0, b"class A {\n  int x;"),
        (0, b"  int y;\n}"),
        (1, b"  void f() {}"),
        (2, b"  void g() {}"),
    ]


def test_offsets_inside_characters_are_those_of_the_next() -> None:
    assert pieces("é aé".encode(), (1, 5, -1)) == [[0, 2, 6]]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_members_are_what_the_expression_says(between: str) -> None:
    text = ("k" + between).encode()
    first, last = trimmed(between, 0, len(between))
    found = pieces(text, (0, len(text), -1), (0, 1, 0))
    has_members = re.search(r"\w", slicing._NO_MEMBER.sub("", between[first:last])) is not None
    assert (len(found) == 2) == has_members


@settings(deadline=None, max_examples=120)
@given(st.data(), TEXTS, st.integers(1, 20))
def test_nothing_stands_in_two_pieces_and_everything_in_one(data: st.DataObject, text: str, count: int) -> None:
    source = ("x" + text + "x").encode()
    rows = []
    for _ in range(count):  # spans that stand in each other, or one after the other
        outer = data.draw(st.integers(-1, len(rows) - 1))
        low, high = (0, len(source)) if outer < 0 else rows[outer][:2]
        low = max([low, *(end for _, end, parent in rows if parent == outer)])
        start = data.draw(st.integers(low, high))
        rows.append((start, data.draw(st.integers(start, high)), outer))
    order = sorted(range(count), key=lambda place: (rows[place][0], -rows[place][1], place))
    moved = {old: new for new, old in enumerate(order)} | {-1: -1}
    rows = [(start, end, moved[parent]) for start, end, parent in (rows[place] for place in order)]
    found = pieces(source, *rows)
    assert found == sorted(found)
    spans = sorted((start, end) for _, start, end in found)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(rows[one][0] <= end <= rows[one][1] + 3 and source[start:end].decode().strip() for one, start, end in found)


def cut(text: str, start: int, end: int, borders: list[int], most: int) -> list[tuple[int, int]]:
    """Cut [start, end) of `text` as the kernel is to."""
    spans = []
    while start < end:
        stop = end if end - start <= most else border(text, start, start + most, borders)
        spans.append(trimmed(text, start, stop))
        start = stop
    return [(first, last) for first, last in spans if first < last]


def border(text: str, start: int, limit: int, borders: list[int]) -> int:
    enough = start + (limit - start) // 3
    at = bisect_right(borders, limit) - 1
    if at >= 0:
        line = max(text.rfind("\n", start, borders[at]) + 1, start)
        stop = line if not text[line : borders[at]].strip(" \t") else borders[at]
        if stop > enough:
            return stop
    line = text.rfind("\n", enough, limit) + 1
    return line if line > start else limit


@settings(deadline=None, max_examples=120)
@given(TEXTS, st.lists(st.integers(0, 60), max_size=8), st.integers(1, 25), st.data())
def test_long_pieces_are_cut_at_borders_lines_and_characters(text: str, borders: list[int], most: int, data: st.DataObject) -> None:
    at = offsets(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    within = sorted(min(place, len(text)) for place in borders)
    base = data.draw(st.integers(0, 2))
    rows = np.array([(0, 0, 0, 0, 1, 0, 0, 0), (3, 7, at[start], at[end], most, 1, 1 + len(within), base)], np.int64)
    places = np.array([at[-1], *(at[place] - base for place in within), 0], np.int64)  # what others are cut at is not looked at
    found = np.empty(((at[end] - at[start]) // (most // 3 + 1) + 1, 4), np.int64)
    count = KERNELS.cut(np.frombuffer(text.encode(), np.uint8), rows, places, found)
    assert found[:count].tolist() == [[3, 7, at[first], at[last]] for first, last in cut(text, start, end, within, most)]


@settings(deadline=None, max_examples=120)
@given(st.text(st.sampled_from("\n\n\n \ta🙂"), max_size=60), st.text(st.sampled_from("\na"), max_size=2), st.integers(1, 25))
def test_what_declares_nothing_is_cut_after_blank_lines(text: str, before: str, most: int) -> None:
    borders = [place + 2 for place in range(len(text)) if text.startswith("\n\n", place)]
    at, base = [len(before) + place for place in offsets(text)], len(before)
    rows, found = np.array([(0, -1, base, at[-1], most, -1, -1, base)]), np.empty((len(before + text) + 1, 4), np.int64)
    count = KERNELS.cut(np.frombuffer((before + text).encode(), np.uint8), rows, np.empty(0, np.int64), found)
    assert found[:count, 2:].tolist() == [[at[first], at[last]] for first, last in cut(text, 0, len(text), borders, most)]


def test_a_border_inside_a_character_is_where_the_next_starts() -> None:
    found = np.empty((9, 4), np.int64)
    count = KERNELS.cut(np.frombuffer("aaé🙂bb".encode(), np.uint8), np.array([(0, 0, 0, 10, 4, 0, 1, 0)]), np.array([3]), found)
    assert found[:count, 2:].tolist() == [[0, 4], [4, 10]]
