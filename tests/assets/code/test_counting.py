"""Each count against its definition in a few lines of Python."""

import re

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets import machine_code

LETTERS, DIGITS, LINE_FEEDS, CHARS, EMPTY, DISTINCT, LONGEST, COMMENTS, DECLARATIONS = range(9)
# Those that polars' regex took before: docstrings, blanks and line starts as they say.
PATTERNS = {
    0: r"(?!)",
    1: r"/\*(?s:.*?)\*/|//[^\n]*",
    2: r"(?m:^|[ \t])#[^\n]*",
    3: r"""#[^\n]*|"{3}(?s:.*?)"{3}|'{3}(?s:.*?)'{3}""",
}
SIGNS = [
    "/",
    "*",
    "/*",
    "*/",
    "//",
    "#",
    " #",
    "\t",
    "\n",
    '"""',
    "'''",
    '"',
    "é",
    "日",
    "a",
    "Z9",
    "0x4f, ",
    "\\x41",
    "\\u00e9",
    "QUJD" * 5,
    "<?xml version=",
]


def counts(*texts: str, style: int = 0) -> np.ndarray:
    """Count as `signals` does; the table is as small as it may be."""
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)]).astype(np.int64)
    bounds = np.column_stack([ends[:-1], ends[1:]])
    found, kernels = np.full((len(data), 9), -1, np.int64), machine_code.load("assets.code.counting")
    flat, styles = np.frombuffer(b"".join(data), np.uint8), np.full(len(data), style, np.uint8)
    kernels.count_bytes(flat, bounds, found)
    lines = int(found[:, LINE_FEEDS].max(initial=0)) + 1
    kernels.count_lines(flat, bounds, styles, found, np.full(2 << (lines - 1).bit_length(), 7, np.uint64))
    return found


@settings(deadline=None, max_examples=200)
@given(st.lists(st.lists(st.sampled_from(SIGNS), max_size=40).map("".join), min_size=1, max_size=4), st.integers(0, 3))
@example(["/*/ a */", "/* // b", "*/ /*", "/", ""], 1)
@example(["#a\n##\n #b\nc#d\n\t#", "#", "a #"], 2)
@example(["a = 'b'\n" * 30 + "'''c'''", "1234567'''x'''", "123456'''x#y''' # z", 'x = "" # y', "12345#7'''"], 3)
@example(["é" * 200 + "\n" + "a1" * 200], 0)
@example(['""""""', "'''a\"\"\"b'''", '"""a', '#"""\n"""', '""'], 3)
@example(["x" * 86 + "<?xml version=", "é" * 86 + "<?xml version=", "é" * 87 + "<?xml version="], 0)
@example(["x" * 63 + "// a\n", "x" * 62 + "/* " + "y" * 70 + "*/ z", "x" * 64 + "/*" + "*" * 61 + "*/", "/* é */" * 30], 1)
@example(["x" * 62 + "'''" + "y" * 60 + "'''#", "x" * 70 + "# é", '"""' + "é" * 40 + '"""' * 20], 3)
@example(["\n", "a\n\na\n", "aaaaaaaa\naaaaaaab", "日本\nabcd"], 0)
def test_counts_are_what_they_say(texts: list[str], style: int) -> None:
    for text, row in zip(texts, counts(*texts, style=style), strict=True):
        lines = text.split("\n")
        assert row[LETTERS] == len(re.findall("[a-zA-Z]", text)) and row[DIGITS] == len(re.findall("[0-9]", text))
        assert row[LINE_FEEDS] == text.count("\n") and row[CHARS] == len(text) and row[EMPTY] == lines.count("")
        assert row[DISTINCT] == len(set(lines) - {""}) and row[LONGEST] == max(map(len, lines))
        assert row[DECLARATIONS] == ("<?xml version=" in text[:100])
        assert row[COMMENTS] == sum(len(found[0]) for found in re.finditer(PATTERNS[style], text))


def test_many_lines_and_openings_take_linear_time() -> None:
    lines = "\n".join(map(str, range(100_000)))
    for style, opening in ((1, "/*"), (3, '"""')):
        found = counts(lines, opening * 300_000, (opening + " ") * 300_000, style=style)
        assert found[:, DISTINCT].tolist() == [100_000, 1, 1]
