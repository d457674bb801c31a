import pytest

from assets.corpus.generation import gates
from assets.corpus.generation.drafts import Pair, Question
from assets.corpus.generation.grouping import groups
from assets.corpus.generation.lines import Span
from assets.corpus.generation.settings import GateSettings, GenerationSettings
from tests.assets.corpus.generation.scripted_model import ADD, LOANS, SOURCES, make_chunks

SETTINGS = GenerationSettings()
DOCUMENT, CODE = groups(make_chunks([SOURCES[0], SOURCES[2]]), 512)
ASKED = "What does `Till.add` do with a coin?"


def question(text: str, group=CODE, before=()) -> Question:
    return Question(group, "what", text, 0, before)


def pair(answer: str, asked: str = ASKED, group=CODE, text: str = ADD) -> Pair:
    return Pair(question(asked, group), answer, Span(0, 0, len(text)), (1, 3), "m")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (ASKED, None),
        ("What does `Till.add` do with a coin\uff1f", None),
        ("What does **Till.add** do with a `coin?`", None),
        ("Explain what Till.add does with a coin.", "not_a_question"),
        ("Till.add and the coin", "not_a_question"),
        ("What does this function return?", "names_nothing"),
        ("How does the code shown work?", "names_nothing"),
        ("What is a volcano made of?", "names_nothing"),
        ("Why Till.add?", "question_too_short"),
        ("Coin " * 61 + "?", "question_too_long"),
        ("x" * 10_000 + "?", "question_too_long"),
        ("What does Till.add do on line 3?", "tells_how_shown"),
        ("What does the coin mean according to the text?", "tells_how_shown"),
        ("Was macht `Till.add` mit der Münze, und wie oft ist das?", "wrong_language"),
        ("硬币是如何放入抽屉的放多少次呢\uff1f", "wrong_language"),
        ("Can you help, as an AI, with the coin?", "refusal"),
    ],
)
def test_questions(text, rule):
    verdict = gates.question_verdict(question(text), SETTINGS)
    assert (verdict and verdict.rule) == rule


def test_a_question_that_goes_on_need_not_name_it_again():
    follow_up = question("And what if it is done twice?", before=(pair("It puts the coin into the drawer."),))
    assert gates.question_verdict(follow_up, SETTINGS) is None


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        ("It puts the coin into the drawer, as often as wanted.", None),
        ("It appends it to `self.coins`:\n\n```python\nself.coins += [coin] * times\n```", None),
        ("It puts a coin into the drawer, as often as wanted:\n\n```python\n>>> till.add(5)\n>>> till.coins\n[5]\n```", None),
        ("It appends a coin:\n\n```python\nself.coins += [coin *\n```", "code_does_not_parse"),
        ("It appends a coin:\n\n```\nself.coins += [coin *\n```", "code_does_not_parse"),
        ("It appends a coin:\n\n```python\nself.coins += [coin]\n", "code_does_not_parse"),
        ("It puts a coin:\n\n```text\ncoins [coin * (\n```", None),
        ("Drawer.", "answer_too_short"),
        ("coin " * 201, "answer_too_long"),
        ("I'm sorry, but I can't tell what happens to the coin.", "refusal"),
        ("As a language model, I put the coin into the drawer.", "refusal"),
        ("The context does not provide what happens with the coin.", "refusal"),
        ("What happens with the coin is not mentioned in the provided text.", "refusal"),
        ("It puts the coin into the drawer on line 2.", "tells_how_shown"),
        ("Es legt die Münze in die Schublade, und das so oft es gewünscht ist.", "wrong_language"),
        ("Он кладёт монету в ящик.", "wrong_language"),
        ("`Till.add` does it with a coin.", "answer_copies_question"),
        ("It calls `self.store_coin` with the coin in the drawer.", "unknown_names"),
        ("It puts the coin into the drawer 7 times.", "unknown_names"),
        ("It validates amounts against exchange rates published daily.", "not_grounded"),
    ],
)
def test_answers(answer, rule):
    verdict = gates.answer_verdict(pair(answer), SETTINGS)
    assert (verdict and verdict.rule) == rule


def test_what_the_text_says_itself_is_no_refusal():
    text = "The section does not describe loans. I cannot open line 3 of the register."
    group = groups(make_chunks([SOURCES[2]._replace(text=text)]), 512)[0]
    for answer in ("The section does not describe loans.", "I cannot open line 3 of the register."):
        assert gates.answer_verdict(pair(answer, "What is wrong with the register of loans?", group, text), SETTINGS) is None


@pytest.mark.parametrize(("language", "rule"), [("German", None), ("English", "wrong_language"), ("Russian", "wrong_language")])
def test_the_language_is_the_one_that_is_wanted(language, rule):
    answer = "Das Museum leiht copper coins an schools, und zwar für einen month."
    asked = "An wen werden copper coins von dem museum geliehen?"
    made = pair(answer, asked, DOCUMENT, LOANS)
    verdict = gates.answer_verdict(made, GenerationSettings(language=language, gates=GateSettings(min_document_overlap=0.2)))
    assert (verdict and verdict.rule) == rule


def test_quality_rises_with_grounding_and_falls_with_length():
    limits = SETTINGS.gates
    good, worse = (
        pair("It puts the coin into the drawer, as often as wanted."),
        pair("It throws the coin into a volcano, as often as wanted."),
    )
    long = pair(" ".join(["It puts the coin into the drawer, as often as wanted."] * 15))
    scores = [gates.scored(each, limits).quality for each in (good, worse, long)]
    assert 1 >= scores[0] > scores[2] > scores[1] > 0
    assert scores[0] == pytest.approx((6 * gates.overlap(good) + 3 * 1 + 1) / 10)


def test_of_near_repeats_the_best_stays():
    asked = ["What does Till.add do with a coin?", "What does `Till.add` do with the coins?", "Why does Till.add repeat the drawer?"]
    made = [gates.scored(pair("It puts the coin into the drawer.", text), SETTINGS.gates) for text in asked]
    assert gates.repeated(made, [], 0.8) == [None, 1.0, None]
    assert gates.repeated(made, [made[1]], 0.8) == [1.0, 1.0, None]
    assert gates.repeated([], [], 0.8) == []
