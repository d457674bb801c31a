import re
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code.deduplication import DeduplicationSettings
from assets.code.survivors import COLUMNS, DEFAULT_ORDER, check_order, in_order


def files(*rows: dict[str, object]) -> pl.DataFrame:
    blank = {"permissive": False, "n_bytes": 10, "path": "a.py", "language": "Python"}
    return pl.DataFrame([{**blank, "id": f"{index:032x}", **row} for index, row in enumerate(rows)], schema=COLUMNS)


def numbers(order: str, *rows: dict[str, object]) -> list[int]:
    return [int(name, 16) for name in in_order(files(*rows), check_order(order))]


def test_the_default_order() -> None:
    old, new = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    rows: list[dict[str, object]] = [
        {"n_bytes": 1},
        {"n_bytes": 2, "path": "b"},
        {"n_bytes": 2, "path": "a"},
        {"committed_at": old, "n_bytes": 9},
        {"committed_at": new, "n_bytes": 9},
        {"stars": 1},
        {"stars": 20},
        {"permissive": True},
    ]
    assert numbers(DEFAULT_ORDER, *rows) == [7, 6, 5, 4, 3, 0, 2, 1]


def test_ties_are_decided_by_id() -> None:
    assert numbers("language", {}, {}, {"language": "C"}, {}) == [2, 0, 1, 3]
    assert numbers("language -- comment", {}, {}) == [0, 1]
    assert in_order(files({}, {}, {})[::-1], "path").to_list() == sorted(files({}, {}, {})["id"])


VALUES = {
    "permissive": st.booleans(),
    "stars": st.integers(0, 2),
    "committed_at": st.sampled_from([datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)]),
    "path": st.sampled_from(["", "A", "a", "a\x00", "ä", "\U0001f600", "a/b"]),
    "license": st.sampled_from(["MIT", "ISC"]),
}
ROWS = st.lists(st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}), max_size=8)
TERMS = st.tuples(
    st.sampled_from([*VALUES, "ID", "Path"]), *map(st.sampled_from, (["", " asc", "\nDESC"], ["", " nulls first", " NULLS last"]))
)


@given(ROWS, st.lists(TERMS.map("".join), min_size=1, max_size=4))
@settings(max_examples=30, deadline=None)
def test_an_order_of_columns_is_that_of_duckdb(rows: list[dict[str, object]], terms: list[str]) -> None:
    expressions = [re.sub(r"^(\w+)", r"(\1)", term) for term in terms]
    assert numbers(", ".join(terms), *rows) == numbers(", ".join(expressions), *rows)


@pytest.mark.parametrize(
    "order",
    [
        "case when path like '%test%' then 1 else 0 end, stars desc",
        "n_bytes / 1000, lower(path) in ('a.py', 'b.py') desc, coalesce(stars, 0) + 1",
        "committed_at > timestamp '2020-01-01' desc, not permissive, license is null",
        "starts_with(path, 'src/') desc, abs(n_bytes - 2000), stars between 1 and 5",
    ],
)
def test_orders(order: str) -> None:
    assert sorted(numbers(order, {"stars": 1}, {"path": "test.py"})) == [0, 1]
    assert DeduplicationSettings(survivor_order=order).survivor_order == order


@pytest.mark.parametrize(
    ("order", "complaint"),
    [
        ("popularity desc", "popularity"),
        ("content", "content"),
        ("", "ORDER BY terms"),
        ("stars; drop table files", "ORDER BY terms"),
        ("stars limit 1", "ORDER BY terms"),
        ("stars) from files --", "ORDER BY terms"),
        ("id /*", "ORDER BY terms"),
        ("(select max(stars) from files)", "subquery"),
        ("exists (select 1)", "subquery"),
        ("random()", r"random\(\)"),
        ("now()", r"now\(\)"),
        ("getenv('HOME')", r"getenv\(\)"),
        ("case when stars > 1 then uuid() end", r"uuid\(\)"),
        ("row_number() over (order by path)", "window"),
        ("max(stars)", r"max\(\)"),
        ("$1", "parameter"),
        ("lower(stars, path)", "lower"),
        ("stars + path", "survivor_order"),
    ],
)
def test_what_is_no_order(order: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=rf"survivor_order[\s\S]*{complaint}"):
        DeduplicationSettings(survivor_order=order)


def test_the_default_is_valid() -> None:
    assert check_order(DEFAULT_ORDER) == DEFAULT_ORDER
    assert in_order(files(), DEFAULT_ORDER).to_list() == []
