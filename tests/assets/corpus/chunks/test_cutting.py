import re
from itertools import accumulate, groupby

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus import tokens
from assets.corpus.chunks import cutting, slicing
from assets.corpus.chunks.slicing import SlicedFile

MAX_TOKENS = 32
LINES = ["def f(self):", "    return self.value", "    x = 'é你好🙂'", "", "class Node:", "    pass", "  ", "y" * 70, "    @a", "#" * 200]


@pytest.fixture(scope="module")
def counter(tokenizer: pl.DataFrame):
    return tokens.load(tokenizer)


def cut(sliced: SlicedFile, counter) -> list[list[int]]:
    """Return (order, start, end, tokens) of the chunks of a file."""
    chunks: list[list[int]] = cutting.within_budget(sliced.source, [sliced], MAX_TOKENS, counter).chunks[:, cutting.ORDER :].tolist()
    return chunks


def check(content: str, language: str | None, counter) -> list[str]:
    """Return the texts of the pieces, which are in order and hold all that the pieces before cutting do, within the budget."""
    sliced = SlicedFile(content.encode(), language)
    found = cut(sliced, counter)
    assert [tuple(row[:3]) for row in found] == sorted(tuple(row[:3]) for row in found)
    texts = [sliced.source[start:end].decode() for _, start, end, _ in found]
    assert [n_tokens for *_, n_tokens in found] == tokens.count(texts, counter)
    assert all(n_tokens <= MAX_TOKENS or len(text) == 1 for (*_, n_tokens), text in zip(found, texts, strict=True))
    pieces, _ = slicing.pieces(sliced.source, [sliced])
    whole = "".join(sliced.source[start:end].decode() for start, end in pieces[:, slicing.START :].tolist())
    assert re.sub(r"\s", "", "".join(texts)) == re.sub(r"\s", "", whole)
    return texts


@settings(deadline=None, max_examples=80)
@given(st.lists(st.sampled_from(LINES), max_size=40).map("\n".join), st.sampled_from(["Python", None]))
def test_pieces_are_within_the_budget_and_hold_everything(counter, content: str, language: str | None) -> None:
    check(content, language, counter)


def test_nothing_is_cut_that_fits(counter) -> None:
    content = "def f(self):\n    return self.value\n\n\ndef g(self):\n    pass\n"
    assert check(content, "Python", counter) == ["def f(self):\n    return self.value", "def g(self):\n    pass"]


def test_what_is_too_long_is_cut_where_statements_start(counter) -> None:
    body = "".join(f"    if a{place}:\n        return self.value + value\n" for place in range(12))
    texts = check(f"def f(self):\n{body}\n\ndef g(self):\n    pass\n", "Python", counter)
    assert len(texts) > 4 and texts[-1] == "def g(self):\n    pass"
    assert all(text.startswith(("    if a", "        return")) for text in texts[1:-1])


def test_what_is_over_the_budget_by_its_length_is_not_counted_first(counter, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    count = tokens.count_bytes
    monkeypatch.setattr(tokens, "count_bytes", lambda texts, exact: counted.extend(map(len, texts)) or count(texts, exact))
    check("é" * 5000, None, counter)
    assert max(counted) <= 2 * 3.2 * MAX_TOKENS


def test_a_character_over_the_budget_stays_whole(counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "count_bytes", lambda texts, exact: [99 * len(text.decode()) for text in texts])
    assert cut(SlicedFile("a🙂\n b".encode(), None), counter) == [[-1, 0, 1, 99], [-1, 1, 5, 99], [-1, 7, 8, 99]]


def test_parts_of_a_declaration_stand_together(counter) -> None:
    content = "class A:\n" + "".join(f"    x{place} = {place}\n    def f{place}(self):\n        return self.value\n" for place in range(20))
    orders = [order for order, *_ in cut(SlicedFile(content.encode(), "Python"), counter)]
    assert [order for order, _ in groupby(orders)] == list(range(21))


def test_a_blank_file_has_none(counter) -> None:
    assert cut(SlicedFile(b" \n", "Python"), counter) == []


def test_files_that_are_counted_together_are_cut_as_each_alone(counter) -> None:
    contents = ["\n".join(LINES * place) for place in (0, 3, 1, 0, 9, 2)]
    sources = [(content.encode(), language) for content in contents for language in ("Python", None)]
    starts = list(accumulate((len(source) for source, _ in sources), initial=0))
    files = [SlicedFile(*source, start) for source, start in zip(sources, starts, strict=False)]
    text = b"".join(source for source, _ in sources)
    together, declared = cutting.within_budget(text, files, MAX_TOKENS, counter)
    assert together[:, cutting.FILE].tolist() == sorted(together[:, cutting.FILE].tolist())
    first = 0
    for place, (source, start) in enumerate(zip(sources, starts, strict=False)):
        alone = SlicedFile(*source)
        size = 0 if alone.declared is None else len(alone.declared.table)
        moved = [[order + (first if order >= 0 else 0), low + start, high + start, n] for order, low, high, n in cut(alone, counter)]
        assert together[together[:, cutting.FILE] == place, cutting.ORDER :].tolist() == moved
        first += size
    assert first == len(declared)
    assert [len(table) for table in cutting.within_budget(b"", [], MAX_TOKENS, counter)] == [0, 0]


def test_what_was_cut_is_moved_behind_what_is_before_it(counter) -> None:
    sources = [b"x = 1\n", b"def f():\n    pass\n"]
    files = [SlicedFile(sources[0], "Python"), SlicedFile(sources[1], "Python", len(sources[0]))]
    moved = cutting.within_budget(b"".join(sources), files, MAX_TOKENS, counter).moved(3, 5)
    assert moved.chunks[:, : cutting.END + 1].tolist() == [[3, -1, 0, 5], [4, 5, 6, 23]]


def test_groups_are_in_order_and_of_bounded_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "_BYTES_AT_A_TIME", 5)
    files = [SlicedFile(text, None) for text in (b"ab", b"cd", b"e", b"f" * 9, b"", b"g")]
    assert [[sliced.source for sliced in group] for group in cutting.groups(files)] == [[b"ab", b"cd", b"e"], [b"f" * 9], [b"", b"g"]]
    assert list(cutting.groups([])) == []
