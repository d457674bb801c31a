"""A window lies around every number and every address, and few lie elsewhere."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.redaction.windows import Windows, windows

PIECES = st.lists(st.sampled_from([b"x" * 40, b" @", b"a@b", b"@", b"1", b"12 345", b"7654321", b"\n" * 200, b"0" * 33]), max_size=30).map(
    b"".join
)


def pairs(found: Windows) -> list[tuple[int, int]]:
    return list(zip(*(side.tolist() for side in found), strict=True))


@settings(max_examples=60, deadline=None)
@given(text=PIECES)
def test_what_is_looked_for_lies_in_a_window_with_what_is_around_it(text: bytes) -> None:
    found = windows(np.frombuffer(text, np.uint8))
    digits, signs = pairs(found["digits"]), pairs(found["at"])
    for start in range(len(text)):
        if sum(byte in b"0123456789" for byte in text[start : start + 32]) >= 7:
            assert any(begin <= max(0, start - 96) and min(len(text), start + 64) <= end for begin, end in digits)
        if text[start : start + 1] == b"@" and start and text[start - 1] > 0x20:
            assert any(begin <= max(0, start - 64) and min(len(text), start + 64) <= end for begin, end in signs)
    assert all(left[1] < right[0] for found in (digits, signs) for left, right in pairwise(found))


@settings(max_examples=100, deadline=None)
@given(text=st.one_of(PIECES, st.binary(max_size=150), st.text("/09:@ \x1f!pP\xb0", max_size=150).map(lambda text: text.encode("latin-1"))))
def test_each_byte_counts_in_its_block(text: bytes) -> None:
    blocks = -(-len(text) // 32)
    digits, signed = np.full(blocks, 7, np.uint8), np.full(blocks, 7, np.uint8)
    data = np.frombuffer(text, np.uint8)
    machine_code.load("assets.redaction.blocks").mark(data[: data.size // 32 * 32].view(np.uint64), data, digits, signed)
    of_block = [range(start, min(start + 32, len(text))) for start in range(0, len(text), 32)]
    assert digits.tolist() == [sum(text[at] in b"0123456789" for at in places) for places in of_block]
    assert signed.tolist() == [any(text[at] == 0x40 and (at == 0 or text[at - 1] > 0x20) for at in places) for places in of_block]


def test_there_are_none_where_nothing_is() -> None:
    plain = np.frombuffer(b"def f(x): return 12\n    @wraps\n" * 50, np.uint8)
    assert pairs(windows(plain)["at"]) == pairs(windows(plain)["digits"]) == []
    assert pairs(windows(plain[:0])["at"]) == pairs(windows(plain[:0])["digits"]) == []


def test_windows_that_touch_are_one() -> None:
    data = np.frombuffer((b" " * 255 + b"@") * 20 + b"a" * 255 + b"@b" + b" " * 100 + b"c@", np.uint8)
    assert pairs(windows(data)["at"]) == [(256 * 21 - 128, data.size)]
