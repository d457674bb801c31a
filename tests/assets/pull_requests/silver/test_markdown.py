import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.pull_requests.silver.markdown import code, fences, prose, unified

PIECES = st.lists(st.sampled_from(["`", "```", "~~~~", "\n", "    x", "\n\n", "word ", "> q", "<!--", "-->", "@a"]), max_size=30).map(
    "".join
)


def coded(text: str) -> list[str]:
    return [text[start:end] for start, end in code(text)]


def test_fences_hold_shorter_ones_and_lose_their_own_indentation() -> None:
    text = "a\n  ````md x\n  ```\n    in\n  ```\n  ````\nb\n~~~\nc"
    outer, open_ended = fences(text)
    assert (outer.info, outer.lines, outer.closed) == ("md x", ("```", "  in", "```"), True)
    assert text[outer.start : outer.end].startswith("  ````md") and (open_ended.lines, open_ended.closed) == (("c",), False)


def test_a_tick_in_the_info_string_makes_it_a_code_span() -> None:
    assert fences("``` not a fence ```\n") == [] and coded("``` x ``` y") == ["``` x ```"]


def test_code_spans_pair_runs_of_one_length_within_a_paragraph() -> None:
    assert coded("use ``a ` b`` and `c`") == ["``a ` b``", "`c`"]
    assert coded("one ` tick\n\nand ` another") == []
    assert coded("over `two\nlines` of") == ["`two\nlines`"]


def test_four_blanks_are_code_only_where_they_do_not_go_on_with_a_paragraph() -> None:
    assert coded("text\n    goes on") == [] and coded("text\n\n    @Test\n    void") == ["    @Test", "    void"]


def test_prose_has_neither_code_nor_quotations_nor_comments() -> None:
    assert prose("> said\nI <!-- hidden --> mean `x`\n```\ncode\n```\nthis").split() == ["I", "mean", "this"]


def test_line_ends_are_unified() -> None:
    assert unified("a\r\nb\rc\n\u2028") == "a\nb\nc\n\u2028"


@given(PIECES)
@settings(deadline=None, max_examples=80)
def test_code_is_in_order_and_does_not_overlap(text: str) -> None:
    spans = code(text)
    assert all(start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    prose(text)


def test_hostile_text_is_read_in_linear_time() -> None:
    begun = time.process_time()
    for piece in ("`" * 3 + "\n", "` ", "``", "<!--", ">", "    x\n\n", "".join("`" * n + " " for n in range(60))):
        prose(piece * (65_536 // len(piece)))
    assert time.process_time() - begun < 5
