import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.model import metrics

LONG = "return the shortest path between two nodes of the graph " * 60
PAIRS = [
    ("Return the number of nodes in the graph.", "Return the number of nodes in the graph."),
    ("hi", "hi"),
    ("Return how many nodes the graph has.", "The number of nodes."),
    ("", "The number of nodes."),
    ("A recipe for tomato soup with bread", "The number of nodes."),
    (LONG, LONG),
]


def test_scores_are_sane_and_depend_on_their_own_pair_only() -> None:
    frame = metrics.score([answer for answer, _ in PAIRS], [reference for _, reference in PAIRS])
    assert frame.columns == list(metrics.COLUMNS)
    for same in (0, 1, 5):
        assert frame.row(same) == pytest.approx((1.0,) * 5, abs=1e-5)
    assert frame.row(3) == (0.0,) * 5
    assert 1 > frame["bertscore"][2] > frame["bertscore"][4] > 0
    assert frame["combined"][2] > frame["combined"][4]
    backwards = metrics.score([answer for answer, _ in PAIRS[::-1]], [reference for _, reference in PAIRS[::-1]])
    assert backwards.reverse().equals(frame)
    row = frame.row(2, named=True)
    assert row["combined"] == pytest.approx(0.4 * row["bertscore"] + 0.3 * row["rouge_l"] + 0.2 * row["token_f1"] + 0.1 * row["rouge_1"])


def test_token_f1_is_that_of_squad() -> None:
    assert metrics.token_f1("The cat, sat!", "a cat sat down") == pytest.approx(2 * 2 / 5)
    assert metrics.token_f1("cat cat", "cat") == pytest.approx(2 / 3)
    assert (metrics.token_f1("", ""), metrics.token_f1("", "x"), metrics.token_f1("the", "x")) == (1.0, 0.0, 0.0)


def test_rouge_by_hand() -> None:
    one, longest = metrics.rouge_scores("the cat the mat", "the mat the cat")
    assert (one, longest) == (1.0, 0.5)


@pytest.mark.parametrize("text", ["Grüße an die Welt", "返回 节点 数", "+ - *"])
def test_rouge_knows_every_script(text: str) -> None:
    assert metrics.rouge_scores(text, text) == (1.0, 1.0)


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=30), st.text(max_size=30))
def test_word_scores_are_symmetric_and_bounded(first: str, second: str) -> None:
    values = (metrics.token_f1(first, second), *metrics.rouge_scores(first, second))
    assert all(0 <= value <= 1 for value in values)
    assert values == pytest.approx((metrics.token_f1(second, first), *metrics.rouge_scores(second, first)))


def test_hostile_text_does_not_crash() -> None:
    assert metrics.bert_scores(["\x00", " \n", "\u200b", "\ufffd" * 5_000], ["x", "x", "x", "x"])[1] == 0.0


def test_no_pair_gives_no_row() -> None:
    assert metrics.score([], []).schema == metrics.score(["a"], [""]).schema
    with pytest.raises(ValueError, match="2 answers for 1"):
        metrics.score(["a", "b"], ["c"])
