import re
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from assets.documents.pages import Block
from assets.documents.sections import Section, pack

MIN, MAX = 20, 60


def count(texts: Sequence[str]) -> list[int]:
    """Count words and marks."""
    return [len(re.findall(r"\w+|[^\w\s]", text)) for text in texts]


def packed(*blocks: Block, least: int = MIN, most: int = MAX) -> list[Section]:
    return pack(blocks, least, most, count)


def heading(text: str, level: int = 1, page: int = 1) -> Block:
    return Block("heading", text, [(0, page)], level)


def paragraph(n_words: int, word: str = "word", page: int = 1) -> Block:
    return Block("paragraph", " ".join(f"{word}{place}" for place in range(n_words)), [(0, page)])


def test_text_before_the_first_heading_is_a_section() -> None:
    found = packed(paragraph(25), heading("One"), paragraph(25))
    assert [(one.heading, one.level, one.number) for one in found] == [(None, None, 0), ("One", 1, 1)]
    assert found[1].text.startswith("# One\n\nword0")


def test_headings_above() -> None:
    found = packed(*(block for text, level in (("A", 1), ("B", 2), ("C", 3), ("D", 2)) for block in (heading(text, level), paragraph(25))))
    assert [one.headings for one in found] == [[], ["A"], ["A", "B"], ["A"]]


def test_a_small_section_joins_the_next() -> None:
    found = packed(heading("Handbook"), heading("Start", 2), paragraph(30))
    assert [(one.heading, one.headings) for one in found] == [("Start", ["Handbook"])]
    assert found[0].text.startswith("# Handbook\n\n## Start\n\n")


def test_a_small_section_at_the_end_of_a_chapter_joins_the_one_before() -> None:
    found = packed(heading("A"), paragraph(30), heading("A.1", 2), paragraph(3), heading("B"), paragraph(30))
    assert [one.heading for one in found] == ["A", "B"] and "A.1" in found[0].text


def test_a_long_section_is_cut_between_blocks() -> None:
    found = packed(heading("A"), paragraph(28), paragraph(28), paragraph(28))
    assert [(one.heading, one.part) for one in found] == [("A", 0), ("A", 1)]
    assert all("word27" in one.text for one in found)


def test_a_long_paragraph_is_cut_after_sentences() -> None:
    sentences = [" ".join(["word"] * 9) + "." for _ in range(12)]
    found = packed(Block("paragraph", " ".join(sentences), [(0, 1)]))
    assert all(one.text.endswith(".") for one in found) and " ".join(one.text for one in found) == " ".join(sentences)


def test_code_and_tables_stay_what_they_are() -> None:
    code = "\n".join(["```", *(f"take(task{line})" for line in range(40)), "```"])
    for part in packed(Block("code", code, [(0, 1)])):
        assert part.text.startswith("```\n") and part.text.endswith("\n```")
    table = "\n".join(["| a | b |", "| --- | --- |", *(f"| {row} | x |" for row in range(40))])
    for part in packed(Block("table", table, [(0, 1)])):
        assert part.text.startswith("| a | b |\n| --- | --- |\n")


def test_pages_of_the_parts_of_a_paragraph_over_two_pages() -> None:
    block = paragraph(100)
    block.pages.append((block.text.index("word50"), 2))
    parts = packed(block)
    assert [(part.pieces[0].pages[0][1], part.pieces[-1].pages[-1][1]) for part in parts] in (
        [(1, 1), (2, 2)],
        [(1, 1), (1, 2)],
        [(1, 2), (2, 2)],
    )


BLOCKS = st.lists(
    st.one_of(
        st.builds(heading, st.text("ab ", min_size=1).map(lambda text: f"h{text}"), st.integers(1, 6)),
        st.builds(paragraph, st.integers(1, 300)),
        st.builds(lambda text: Block("paragraph", f"x{text}", [(0, 1)]), st.text(max_size=300)),
        st.builds(lambda n: Block("code", "\n".join(["```", *["f(x)"] * n, "```"]), [(0, 1)]), st.integers(1, 80)),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(BLOCKS)
def test_no_section_leaves_the_budget_and_no_word_is_lost(blocks: list[Block]) -> None:
    parts = packed(*blocks)
    words = sorted(word for block in blocks for word in re.findall(r"\w+", block.text))
    if not any(len(word) > 50 for word in words):
        assert sorted(word for part in parts for word in re.findall(r"\w+", part.text)) == words
    assert [part.n_tokens for part in parts] == count([part.text for part in parts])
    assert all(part.n_tokens <= MAX for part in parts)
    assert sum(part.n_tokens < MIN for part in parts) <= (sum(part.n_tokens for part in parts) < MIN)
