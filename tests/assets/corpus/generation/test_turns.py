import polars as pl

from assets.corpus.generation.running import generate
from assets.corpus.generation.settings import GenerationSettings
from assets.corpus.schema import QaPairs
from tests.assets.corpus.generation.scripted_model import SOURCES, TILL, Fact, ScriptedModel, make_chunks, question_of, what_of

SETTINGS = GenerationSettings(max_turns=3, questions_per_chunk=1)
FACTS = (
    TILL[0],
    Fact("self.coins +=", "And how are the coins kept?", "`times` copies of it are appended to `self.coins`.", "how"),
    Fact("def add", "And how often is it put in by default?", "Once, because `times=1`.", "what"),
)


def test_a_dialogue_goes_on_about_the_same_text():
    model = ScriptedModel(FACTS)
    pairs, dropped = generate(make_chunks(SOURCES[:1]), SETTINGS, model)
    QaPairs.validate(pairs, lazy=True)
    assert pairs["turn"].to_list() == [0, 1, 2] and dropped.is_empty()
    assert pairs["question"].to_list() == [fact.question for fact in FACTS]
    assert pairs["dialogue"].to_list() == [pairs["id"][0]] * 3 and pairs["id"].n_unique() == 3
    assert pairs["context"].is_null().to_list() == [False, True, True]
    assert [what_of(call[0]) for call in model.calls] == ["questions", "answer", "follow_up", "answer", "follow_up", "answer"]
    said = model.calls[-1][0].messages[-1][1]
    assert FACTS[0].question in said and "`times` copies" in said


def test_a_turn_that_fails_ends_its_dialogue_and_keeps_what_was_said():
    def failing(request) -> str | None:
        return "timeout" if what_of(request) == "answer" and question_of(request) == FACTS[1].question else None

    pairs, dropped = generate(make_chunks(SOURCES[:1]), SETTINGS, ScriptedModel(FACTS, failing))
    assert pairs["turn"].to_list() == [0]
    assert dropped.select("rule", "detail").rows() == [("generation_failed", "museum:till.py; how; answer: timeout")]


def test_a_follow_up_that_cannot_be_asked_leaves_a_reason():
    pairs, dropped = generate(
        make_chunks(SOURCES[:1]), SETTINGS, ScriptedModel(FACTS, lambda request: "http_500" if what_of(request) == "follow_up" else None)
    )
    assert pairs.height == 1 and "follow-up question: http_500" in dropped["detail"][0]


def test_a_follow_up_that_repeats_is_dropped():
    facts = (FACTS[0], FACTS[0]._replace(question="And what does `Till.add` do with the coins?"))
    pairs, dropped = generate(make_chunks(SOURCES[:1]), SETTINGS, ScriptedModel(facts))
    assert pairs["turn"].to_list() == [0] and dropped["rule"].to_list() == ["repeated_question"]


def test_dialogues_are_whole_and_in_order():
    pairs, _ = generate(make_chunks(), GenerationSettings(max_turns=2), ScriptedModel((*TILL, *FACTS[1:])))
    counted = pairs.with_columns(expected=pl.int_range(pl.len()).over("dialogue"))
    assert (counted["turn"] == counted["expected"]).all()
    assert pairs["dialogue"].rle_id().n_unique() == pairs["dialogue"].n_unique()
