"""Characters beyond ASCII against Python's own."""

from collections import Counter

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets import machine_code


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
@example(["aéé日\U0001f600\U0010ffff\x80\u07ff\u0800\uffff\U00010000", "", "abc", "é"])
def test_each_character_is_seen_and_counted(texts: list[str]) -> None:
    data = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, data)]).astype(np.int64)
    flat, bounds = np.frombuffer(b"".join(data), np.uint8), np.column_stack([ends[:-1], ends[1:]])
    kernels, classes, points = machine_code.load("assets.code.wide_characters"), np.zeros(0x110000, np.uint8), np.zeros(0x110000, np.int64)
    many = kernels.mark(flat, bounds, classes, points, 0)
    wide = Counter(sign for sign in "".join(texts) if sign > "\x7f")
    assert sorted(points[:many].tolist()) == sorted(map(ord, wide))
    classes[points[:many]] = points[:many] % 3
    counts = np.full((len(texts), 3), -1, np.int64)
    kernels.count(flat, bounds, classes, counts)
    for text, row in zip(texts, counts.tolist(), strict=True):
        assert row == [sum(sign > "\x7f" and ord(sign) % 3 == kind for sign in text) for kind in range(3)]
