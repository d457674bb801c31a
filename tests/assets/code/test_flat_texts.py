from itertools import pairwise

import polars as pl
import pytest

from assets.code.flat_texts import flat, pieces

TEXTS = ["a", "", "größe\n", "a text that is longer than a view holds by itself"]


@pytest.mark.parametrize("texts", [[], [""], TEXTS])
def test_texts_lie_between_their_bounds(texts: list[str]) -> None:
    data, bounds = flat(pl.Series(texts, dtype=pl.String))
    assert [data[start:end].tobytes().decode() for start, end in pairwise(bounds)] == texts


def test_a_part_of_a_column_and_several_pieces() -> None:
    column = pl.concat([pl.Series(TEXTS), pl.Series(TEXTS)])[1:7]
    data, bounds = flat(column)
    assert [data[start:end].tobytes().decode() for start, end in pairwise(bounds)] == column.to_list()


def texts_of(column: pl.Series) -> list[str]:
    found: dict[int, str] = {}
    for rows, data, bounds in pieces(column):
        found |= {row: data[start:end].tobytes().decode() for row, (start, end) in zip(rows.tolist(), bounds.tolist(), strict=True)}
    return [found[row] for row in range(column.len())]


@pytest.mark.parametrize("texts", [[], [""], TEXTS, ["twelve bytes", "thirteen byte"] * 3, ["x" * 9_000, "y" * 20_000, "z"] * 9])
def test_pieces_hold_each_text_once(texts: list[str]) -> None:
    assert texts_of(pl.Series(texts, dtype=pl.String)) == texts
    assert texts_of(pl.concat([pl.Series(TEXTS), pl.Series(texts, dtype=pl.String)])[2:]) == [*TEXTS[2:], *texts]


def test_pieces_of_a_selection() -> None:
    column = pl.Series([sign * 300 for sign in "abcdefg"])[pl.Series([5, 0, 3, 3])]
    assert texts_of(column) == column.to_list()
