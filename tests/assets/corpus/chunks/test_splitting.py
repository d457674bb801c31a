from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.chunks.splitting import cut, trim


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("ab \n\té🙂"), max_size=120), st.lists(st.integers(0, 120), max_size=8), st.integers(1, 40))
def test_pieces_hold_everything_in_order_and_are_small(text, borders, max_chars):
    spans = cut(text, 0, len(text), sorted(borders), max_chars)
    assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())
    assert all(0 < end - start <= max_chars for start, end in spans)
    assert spans == sorted(spans) and all(text[start:end].strip() for start, end in spans)


def test_statement_borders_come_before_lines():
    text = "aaaa\n  bbbb\ncccc\n  dddd\n"
    assert [text[start:end] for start, end in cut(text, 0, len(text), [0, 12], 22)] == ["aaaa\n  bbbb", "cccc\n  dddd"]
    assert [text[start:end] for start, end in cut(text, 0, len(text), [], 22)] == ["aaaa\n  bbbb\ncccc", "  dddd"]


def test_trim_keeps_indentation():
    assert trim("\n\n    a b  \n", 0, 11) == (2, 9)
    assert trim(" \n ", 0, 3) == (0, 0)
