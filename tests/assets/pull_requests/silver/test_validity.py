import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assets.pull_requests.silver.comments import ALIGNED
from assets.pull_requests.silver.remarks import RULES, read, scores
from assets.pull_requests.silver.validity import SCHEMA, Thresholds, ValiditySettings, fired, is_valid, label
from assets.redaction.redaction import REDACTIONS

SETTINGS = ValiditySettings()
BLOCK = "```suggestion\nx = 1\n```"


def labels(body: str, is_reply: bool = False, by_author: bool = False) -> set[str]:
    return set(fired(scores(read(body, is_reply, by_author)), Thresholds()))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Why is this needed?", {"asks_a_question"}),
        ("is this still used", {"asks_a_question"}),
        ("Please rename it to `count_rows`.", {"requests_a_change", "has_code"}),
        ("Could you extract this into a method?", {"requests_a_change", "asks_a_question"}),
        ("nit: use a list here", {"nit", "requests_a_change"}),
        ("The name is a bit long, but that's a nit", {"nit"}),
        ("Nice catch!", {"praise", "too_short"}),
        ("LGTM 👍 this looks good", {"praise"}),
        ("As discussed, this goes into another PR", {"refers_outside"}),
        ("See https://example.com/guide", {"refers_outside", "too_short"}),
        ("This was fixed in #12 and PROJ-77 a while ago", {"refers_outside"}),
        ("typo", {"nit", "requests_a_change", "too_short"}),
        ("done", {"acknowledges", "too_short"}),
        ("Yes, remove all of this.", {"requests_a_change"}),
        ("Fixed, thanks!", {"acknowledges", "too_short"}),
        (BLOCK, {"suggestion", "requests_a_change", "has_code", "too_short"}),
        ("```java\nint x;\n```\nworks as well in this place", {"has_code"}),
        ("This loop never ends when the list is empty", set()),
        ("Encode it as UTF-8 and hash it with SHA-256 here", set()),
        ("> please remove this\n\nThat breaks the build on older systems", set()),
    ],
)
def test_labels(body: str, expected: set[str]) -> None:
    assert labels(body) == expected


def test_a_link_among_words_is_not_yet_a_reference() -> None:
    body = "The standard allows only one of these here, see https://example.com/guide for the whole list of them"
    assert scores(read(body))["refers_outside"] == 0.3 and "refers_outside" not in labels(body)


def test_who_speaks_decides_whether_it_acknowledges() -> None:
    body = "Removed the old branch, it was only there for the tests"
    assert "acknowledges" not in labels(body) and "acknowledges" in labels(body, is_reply=True, by_author=True)


@pytest.mark.parametrize(
    ("body", "reply", "own", "valid"),
    [
        ("Please rename it to count", False, False, True),
        ("Please rename it to count", True, False, False),
        ("Please rename it to count", False, True, False),
        ("Nice catch!", False, False, False),
        (BLOCK, False, False, True),
        ("As discussed offline, in another PR", False, False, False),
    ],
)
def test_what_is_valid(body: str, reply: bool, own: bool, valid: bool) -> None:
    remark = read(body, reply, own)
    assert is_valid(fired(scores(remark), Thresholds()), remark, SETTINGS) is valid


def test_settings_choose_what_is_valid() -> None:
    remark = read("Why is this needed?", True, True)
    found = fired(scores(remark), Thresholds())
    assert is_valid(found, remark, ValiditySettings(replies=True, own_remarks=True))
    assert not is_valid(found, remark, ValiditySettings(replies=True, own_remarks=True, unusable=("asks_a_question",)))
    assert fired(scores(remark), Thresholds(asks_a_question=1.0)) == ["asks_a_question"]
    with pytest.raises(ValidationError):
        ValiditySettings(unusable=("rude",))  # type: ignore[arg-type]


def rows(*bodies: str) -> pl.DataFrame:
    columns = {name: dtype for name, dtype in ALIGNED.items() if name not in ("author_type", "participants")} | {"redactions": REDACTIONS}
    made = [dict.fromkeys(columns) | {"body": body, "by_pull_author": False, "redactions": []} for body in bodies]
    return pl.DataFrame(made, schema=columns)


def test_the_stage_adds_its_columns() -> None:
    kept, ledger = label(rows("Why?\n```suggestion\na\n\n```\n" + BLOCK, "```suggestion\n```", "Why though?"), SETTINGS)
    assert kept.schema == pl.Schema(SCHEMA) and ledger.is_empty()
    assert kept["suggestion"].to_list() == ["a\n\n", "", None] and kept["is_valid"].to_list() == [True, True, False]
    assert kept["labels"][2].to_list() == ["asks_a_question", "too_short"]
    assert kept["scores"].struct.unnest().columns == list(RULES)
    assert label(rows(), SETTINGS)[0].schema == kept.schema


@given(st.text(max_size=60), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=150)
def test_scores_are_between_0_and_1_and_labels_sorted(body: str, is_reply: bool, by_author: bool) -> None:
    found = scores(read(body, is_reply, by_author))
    assert list(found) == list(RULES) and all(0 <= score <= 1 for score in found.values())
    assert fired(found, Thresholds()) == sorted(fired(found, Thresholds()))


def test_hostile_bodies_take_linear_time() -> None:
    begun = time.process_time()
    for piece in ("ok ", "nit: ", "please ", "same as ", "? ", "i will ", "#1 ", "https://", "A1-", "as ", " " * 50, "ok, - ", "(((("):
        scores(read(piece * (16_384 // len(piece))))
    assert time.process_time() - begun < 8
