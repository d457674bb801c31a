"""A window lies around every number and every address, and few lie elsewhere."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.redaction import windows

PIECES = st.lists(st.sampled_from([b"x" * 40, b" @", b"a@b", b"@", b"1", b"12 345", b"7654321", b"\n" * 200, b"0" * 33]), max_size=30).map(
    b"".join
)


def pairs(found: windows.Windows) -> list[tuple[int, int]]:
    return list(zip(*(side.tolist() for side in found), strict=True))


@pytest.mark.parametrize("piece_bytes", [32, 1 << 20])
@settings(max_examples=60, deadline=None)
@given(text=PIECES)
def test_what_is_looked_for_lies_in_a_window_with_what_is_around_it(piece_bytes: int, text: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_PIECE_BYTES", piece_bytes)
        data = np.frombuffer(text, np.uint8)
        digits, signs = pairs(windows.near_digits(data)), pairs(windows.near_at(data))
    for start in range(len(text)):
        if sum(byte in b"0123456789" for byte in text[start : start + 32]) >= 7:
            assert any(begin <= max(0, start - 96) and min(len(text), start + 64) <= end for begin, end in digits)
        if text[start : start + 1] == b"@" and start and text[start - 1] > 0x20:
            assert any(begin <= max(0, start - 64) and min(len(text), start + 64) <= end for begin, end in signs)
    assert all(left[1] < right[0] for found in (digits, signs) for left, right in pairwise(found))


def test_there_are_none_where_nothing_is() -> None:
    plain = np.frombuffer(b"def f(x): return 12\n    @wraps\n" * 50, np.uint8)
    assert pairs(windows.near_at(plain)) == [] and pairs(windows.near_digits(plain)) == []
    assert pairs(windows.near_digits(plain[:0])) == pairs(windows.near_at(plain[:0])) == []


def test_a_window_does_not_depend_on_the_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.frombuffer((b" " * 255 + b"@") * 20 + b"a" * 255 + b"@b", np.uint8)
    whole = pairs(windows.near_at(data))
    monkeypatch.setattr(windows, "_PIECE_BYTES", 32)
    assert pairs(windows.near_at(data)) == whole and len(whole) == 1
