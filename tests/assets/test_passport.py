import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import passport


def test_an_id_names_kind_and_parts() -> None:
    assert passport.row_id("raw_code", "git", "a.py") == passport.row_ids("raw_code", ["git"], ["a.py"]).item()
    assert passport.row_id("raw_code", "git", "a.py") != passport.row_id("raw_code", "gita", ".py")
    assert passport.row_ids("kind", []).dtype == pl.String


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.text(max_size=90), st.text()), min_size=1, max_size=30))
def test_ids_of_many_rows_are_those_of_each(rows: list[tuple[str, str]]) -> None:
    ids = passport.row_ids("kind", pl.Series([one for one, _ in rows]), [other for _, other in rows])
    assert ids.name == "id" and ids.to_list() == [passport.row_id("kind", *row) for row in rows]


def test_columns_that_make_no_id() -> None:
    with pytest.raises(ValueError, match="equally long"):
        passport.row_ids("kind", ["a", "b"], ["c"])
    with pytest.raises(ValueError, match="null"):
        passport.row_ids("kind", pl.Series(["a", None]))
