from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.generation.lines import Span, lines, one_line, span

# Whatever may be taken for the end of a line is over-represented.
TEXT = st.text(st.sampled_from("a\u00e9\u6f22 \t\n\r\x0b\x0c\x85\u2028"), max_size=30)
GROUP = st.lists(TEXT.filter(bool), min_size=1, max_size=4)


@settings(deadline=None, max_examples=60)
@given(GROUP)
def test_the_lines_are_the_text(texts):
    found = lines(texts)
    for number, text in enumerate(texts):
        of_text = [text[line.start : line.end] for line in found if line.chunk == number]
        assert of_text == [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
    assert [line.chunk for line in found] == sorted(line.chunk for line in found)


@settings(deadline=None, max_examples=100)
@given(GROUP, st.integers(-2, 20), st.integers(-2, 20))
def test_a_span_lies_on_its_lines_in_one_text(texts, first, last):
    found = span(texts, first, last)
    numbered = lines(texts)
    if isinstance(found, str):
        assert found in ("outside the text", "over two parts", "blank")
        assert (found == "outside the text") == (not 1 <= first <= last <= len(numbered))
        return
    cited = texts[found.chunk][found.start : found.end]
    assert cited and cited == cited.strip()
    covered = [line for line in numbered[first - 1 : last] if line.chunk == found.chunk]
    assert len(covered) == last - first + 1
    assert covered[0].start <= found.start < found.end <= covered[-1].end
    joined = texts[found.chunk][covered[0].start : covered[-1].end]
    assert joined.strip() == cited


@settings(deadline=None, max_examples=60)
@given(TEXT)
def test_one_line_is_one(text):
    assert len(one_line(text).splitlines()) <= 1 and len(one_line(text)) == len(text)


def test_windows_line_ends_and_a_second_text():
    texts = ["one\r\n  two \r\n\r\n", "three"]
    assert span(texts, 2, 2) == Span(0, 7, 10)
    assert span(texts, 1, 3) == Span(0, 0, 10)
    assert span(texts, 3, 3) == "blank"
    assert span(texts, 4, 4) == Span(1, 0, 5)
    assert span(texts, 3, 4) == "over two parts"
    assert span(texts, 5, 5) == "outside the text"
