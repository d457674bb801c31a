import numpy as np
import polars as pl

from assets.code.name_lists import named

NAMES = ("recoded", "line_ends", "trailing_space")


def test_names_keep_their_order() -> None:
    flags = np.array([[0, 0, 0], [1, 0, 1], [1, 1, 1], [0, 1, 0]], np.bool_)
    assert named(flags, NAMES).to_list() == [[], ["recoded", "trailing_space"], list(NAMES), ["line_ends"]]


def test_no_rows() -> None:
    found = named(np.zeros((0, 3), np.bool_), NAMES)
    assert (found.len(), found.dtype) == (0, pl.List(pl.String))
