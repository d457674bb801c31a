from itertools import combinations, permutations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.model.locations import SOURCE, Answer, Location, compare, matched, parse, scores, write

PLACES = st.builds(
    lambda start, length, is_removed: Location(start + length, start, is_removed), st.integers(1, 12), st.integers(0, 4), st.booleans()
)


@pytest.mark.parametrize(
    ("places", "answer"),
    [
        ([], "no"),
        ([Location(41, 41)], "yes: 41"),
        ([Location(43, 41), Location(57, 57, True)], "yes: 41-43, L57"),
        ([Location(9, 7, True), Location(9, 7, True)], "yes: L7-9"),
    ],
)
def test_written_form(places: list[Location], answer: str) -> None:
    assert write(places) == answer


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("yes: 41", Answer(True, (Location(41, 41),))),
        ("Yes: lines 41 - 43 ,l57.\nBecause of 99.", Answer(True, (Location(43, 41), Location(57, 57, True)))),
        ("yes: 43-41", Answer(True, (Location(43, 41),))),
        ("yes: L7-L9", Answer(True, (Location(9, 7, True),))),
        ("yes", Answer(True)),
        ("yes\n41", Answer(True)),
        ("yes: 4x, 5", Answer(True)),
        (" No.", Answer(False)),
        ("no: 41", Answer(False)),
        ("nothing", Answer(None)),
        ("The answer is yes: 4", Answer(None)),
        ("", Answer(None)),
    ],
)
def test_parsed_form(answer: str, meaning: Answer) -> None:
    assert parse(answer) == meaning


@settings(deadline=None, max_examples=100)
@given(st.lists(PLACES, unique=True, max_size=6))
def test_what_is_written_is_read(places: list[Location]) -> None:
    assert parse(write(places)) == Answer(bool(places), tuple(places))


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="yesnoL0123456789-,: \n½٣", max_size=60))
def test_any_answer_is_read(answer: str) -> None:
    assert parse(answer).needs_comment in (True, False, None)


def test_hostile_answers_are_read_quickly() -> None:
    assert len(parse("yes: " + "1, " * 200_000).locations) == 1_000
    assert parse("yes: " + "9" * 100_000) == Answer(True)
    assert parse("yes: 1-999999999").locations == (Location(999_999_999, 1),)


def by_trial(found: list[Location], wanted: list[Location], within: int) -> int:
    """The largest pairing, by trying all."""
    ours, theirs = ({(place.line, place.is_removed) for place in places} for places in (found, wanted))
    for size in range(min(len(ours), len(theirs)), 0, -1):
        for some in combinations(ours, size):
            for others in permutations(theirs, size):
                if all(a[1] == b[1] and abs(a[0] - b[0]) <= within for a, b in zip(some, others, strict=True)):
                    return size
    return 0


@settings(deadline=None, max_examples=120)
@given(st.lists(PLACES, max_size=4), st.lists(PLACES, max_size=4), st.integers(0, 4))
def test_pairing_is_maximal_and_one_to_one(found: list[Location], wanted: list[Location], within: int) -> None:
    assert matched(found, wanted, within) == by_trial(found, wanted, within)
    assert matched(found, wanted, within) == matched(wanted, found, within)


def test_scores_by_hand() -> None:
    answers = ["yes: 41", "yes: 10-12, 30", "no", "yes: 5", "no", "maybe"]
    references = ["yes: 41", "yes: 14, L30", "yes: 8", "no", "no", "no"]
    result = scores(answers, references)
    assert (result["n"], result["n_found"], result["n_wanted"]) == (6, 4, 4)
    assert result["accuracy"] == pytest.approx(3 / 6)  # the last one has not the form, and is wrong
    assert result["in_form"] == pytest.approx(5 / 6)
    assert result["exact"] == {"matched": 1, "precision": 0.25, "recall": 0.25, "f1": 0.25}
    assert result["within_3_lines"] == {"matched": 2, "precision": 0.5, "recall": 0.5, "f1": 0.5}


def test_nothing_found_and_nothing_wanted() -> None:
    nothing = {"matched": 0, "precision": 0.0, "recall": 0.0, "f1": 0.0}
    assert scores(["no"], ["no"])["exact"] == nothing and scores(["no"], ["no"])["accuracy"] == 1.0
    assert scores([], [])["accuracy"] == 0.0
    assert scores(["maybe"], ["maybe"])["accuracy"] == 0.0


def test_answers_and_references_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        scores(["no", "no"], ["no"])


def test_report_is_compared_where_it_has_such_questions() -> None:
    rows = {"source": [SOURCE, SOURCE, "code_qa"], "reference": ["yes: 4", "no", "no"]}
    report = pl.DataFrame(rows | {"base_answer": ["no", "?", "no"], "tuned_answer": ["yes: 6", "no", "?"]})
    result = compare(report, seed=0, resamples=200)
    assert result is not None
    assert (result["base"]["n"], result["base"]["accuracy"], result["tuned"]["accuracy"]) == (2, 0.0, 1.0)
    assert result["tuned"]["exact"]["f1"] == 0.0 and result["tuned"]["within_3_lines"]["f1"] == 1.0
    assert (result["accuracy"]["difference"], result["accuracy"]["n"]) == (1.0, 2)
    assert compare(report.filter(pl.col("source") == "code_qa"), seed=0, resamples=200) is None
