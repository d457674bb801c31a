import polars as pl
import pytest

from assets.corpus.chunks.chunking import ChunkingSettings, chunk
from assets.corpus.questions import SCHEMA, QuestionSettings, ask, is_grounded
from assets.corpus.schema import QaPairs

SOURCE = '''
class Till:
    """A drawer that holds coins and counts them."""

    def add(self, coin, times=1):
        """Put a coin into the drawer, as often as wanted.

        Args:
            coin: The value of the coin in ``cents``.
            times: How often the coin is put in.

        Returns:
            The value of all coins in the drawer.

        Raises:
            ValueError: If the coin is not a :class:`Coin` that is known.

        Example:
            >>> Till().add(5)
            5
        """
        self.coins += [coin] * times
        return sum(self.coins)

    def silent(self):
        return self.coins

    def todo(self):
        """TODO: say more about this some day."""

    def get_coins(self):
        """Get the coins."""
        return self.coins

    def table(self):
        """The coins that are in the drawer are:

        .. math:: x
        """
'''
JAVA = """
class A {
    /**
     * Moves the piece with {@code force} to another square.
     * @param to where the piece is going
     */
    void move(int to) { at = to; }
}
"""


@pytest.fixture(scope="module")
def chunks(files, tokenizer) -> pl.DataFrame:
    return chunk(files({"till.py": SOURCE}), ChunkingSettings(min_tokens=1), tokenizer)[0]


@pytest.fixture(scope="module")
def asked(chunks) -> tuple[pl.DataFrame, pl.DataFrame]:
    return ask(chunks, QuestionSettings())


def test_answers(asked):
    answers = {row["shape"]: row["answer"] for row in asked[0].iter_rows(named=True) if "add" in row["question"]}
    assert answers["purpose"] == "Put a coin into the drawer, as often as wanted."
    assert answers["parameters"] == "- `coin`: The value of the coin in `cents`.\n- `times`: How often the coin is put in."
    assert answers["returns"] == "The value of all coins in the drawer."
    assert answers["raises"] == "- `ValueError`: If the coin is not a `Coin` that is known."
    assert answers["example"] == "```python\n>>> Till().add(5)\n5\n```"
    assert answers["docstring"].startswith("Put a coin") and "Raises:\n    ValueError" in answers["docstring"]
    assert answers["signature"] == "```python\ndef add(self, coin, times=1):\n```"


def test_every_answer_stands_in_its_span(asked, chunks):
    texts = dict(zip(chunks["id"], chunks["text"], strict=True))
    for row in asked[0].iter_rows(named=True):
        assert is_grounded(row["answer"], texts[row["parent_ids"][0]][row["span_start"] : row["span_end"]])
    QaPairs.validate(asked[0], lazy=True)
    assert asked[0].schema == SCHEMA


def test_questions_do_not_give_the_answer_away(asked):
    for row in asked[0].iter_rows(named=True):
        assert " ".join(row["answer"].split()) not in " ".join(row["question"].split())
        if row["shape"] != "signature":
            assert "as often as wanted" not in row["question"]
            assert "return sum(self.coins)" in row["question"] or "add" not in row["question"]


def test_what_yields_nothing_is_in_the_ledger(asked, chunks):
    name = dict(zip(chunks["id"], chunks["name"], strict=True))
    told = {(name.get(row["row_id"], "pair"), row["rule"]) for row in asked[1].iter_rows(named=True)}
    assert told == {
        ("Till.silent", "no_documentation"),
        ("Till.todo", "says_nothing"),
        ("Till.get_coins", "says_nothing"),
        ("pair", "answer_incomplete"),
    }
    asked_about = {name[parents[0]] for parents in asked[0]["parent_ids"]}
    assert asked_about == {"Till", "Till.add"}


def test_limits_leave_score_and_threshold(chunks):
    kept, ledger = ask(chunks, QuestionSettings(max_answer_words=8, shapes=("purpose",)))
    assert kept.height == 1  # of Till; the others are longer
    assert ledger.filter(rule="answer_too_long").select("score", "threshold").rows() == [(10.0, 8.0)]


def test_comments_of_java(files, tokenizer):
    frame = chunk(files({"A.java": JAVA}, "Java"), ChunkingSettings(min_tokens=1), tokenizer)[0]
    pairs, _ = ask(frame, QuestionSettings(shapes=("purpose", "docstring", "parameters")))
    answers = dict(zip(pairs["shape"], pairs["answer"], strict=True))
    assert answers["purpose"] == "Moves the piece with `force` to another square."
    assert answers["parameters"] == "- `to`: where the piece is going"
    assert answers["docstring"].startswith("```java\n/**\n * Moves") and answers["docstring"].endswith(" */\n```")
    assert all("```java\nvoid move(int to) { at = to; }\n```" in question for question in pairs["question"])


def test_same_input_same_bytes(chunks):
    first, second = ask(chunks, QuestionSettings()), ask(chunks, QuestionSettings())
    assert first[0].equals(second[0]) and first[1].equals(second[1])


def test_empty_frame_keeps_the_schema(chunks):
    pairs, ledger = ask(chunks.clear(), QuestionSettings())
    assert pairs.schema == SCHEMA and ledger.is_empty()


@pytest.mark.parametrize(
    ("answer", "span", "grounded"),
    [
        ("Adds two numbers.", "/** Adds\n * two numbers. */", True),
        ("- `x`: first", "x (int): the first", True),
        ("two Adds numbers", "Adds two numbers", False),
        ("Adds three numbers", "Adds two numbers", False),
        ("```python\nx = 1\n```", "x = 1", True),
        ("...", "anything", False),
        ("", "anything", False),
    ],
)
def test_is_grounded(answer, span, grounded):
    assert is_grounded(answer, span) is grounded
