from itertools import pairwise

import polars as pl
import pytest

from assets.code.flat_texts import flat

TEXTS = ["a", "", "größe\n", "a text that is longer than a view holds by itself"]


@pytest.mark.parametrize("texts", [[], [""], TEXTS])
def test_texts_lie_between_their_bounds(texts: list[str]) -> None:
    data, bounds = flat(pl.Series(texts, dtype=pl.String))
    assert [data[start:end].tobytes().decode() for start, end in pairwise(bounds)] == texts


def test_a_part_of_a_column_and_several_pieces() -> None:
    column = pl.concat([pl.Series(TEXTS), pl.Series(TEXTS)])[1:7]
    data, bounds = flat(column)
    assert [data[start:end].tobytes().decode() for start, end in pairwise(bounds)] == column.to_list()
