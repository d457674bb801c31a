import json

import polars as pl
import pytest

from assets import ledger
from assets.corpus.generation import running
from assets.corpus.generation.completions import Request
from assets.corpus.generation.grouping import COLUMNS, groups, last_id
from assets.corpus.generation.proof import not_grounded
from assets.corpus.generation.running import askable, generate
from assets.corpus.generation.settings import GateSettings, GenerationSettings
from assets.corpus.questions import SCHEMA
from assets.corpus.schema import QaPairs
from tests.assets.corpus.generation.scripted_model import (
    SOURCES,
    TAKE,
    TILL,
    Fact,
    ScriptedModel,
    Source,
    make_chunks,
    question_of,
    what_of,
)

SETTINGS = GenerationSettings()


def test_pairs_of_code_and_documents():
    chunks = make_chunks()
    pairs, dropped = generate(chunks, SETTINGS, ScriptedModel(TILL))
    QaPairs.validate(pairs, lazy=True)
    assert pairs.schema == SCHEMA and dropped.is_empty()
    assert sorted(pairs["question"]) == sorted(fact.question for fact in TILL)
    assert set(pairs["generator"]) == {"llm:scripted-1"}
    assert pairs["dialogue"].to_list() == pairs["id"].to_list() and set(pairs["turn"]) == {0}
    assert pairs["sample_quality_score"].is_between(0.5, 1).all()
    assert dict(pairs.select("question", "kind").rows())[TILL[3].question] == "document"


def test_a_span_is_the_cited_line_of_one_parent_and_the_context_shows_all():
    chunks = make_chunks()
    pairs, _ = generate(chunks, SETTINGS, ScriptedModel(TILL))
    texts, names = dict(chunks.select("id", "text").rows()), dict(chunks.select("id", "name").rows())
    row = pairs.row(by_predicate=pl.col("question") == TILL[2].question, named=True)
    assert texts[row["parent_ids"][0]][row["span_start"] : row["span_end"]] == "raise ValueError"
    assert [names[parent] for parent in row["parent_ids"]] == ["Till.take", "Till.add"]
    assert row["context"].startswith("till.py, Till.add:\n\n```python\ndef add") and TAKE.strip() in row["context"]
    assert not_grounded(pairs, GateSettings(), chunks)[0].is_empty()


def test_all_questions_are_asked_in_one_call_and_all_answers_in_the_next():
    model = ScriptedModel(TILL)
    generate(make_chunks(), GenerationSettings(judge=True), model)
    assert [len(call) for call in model.calls] == [2, 5, 5]
    assert [what_of(call[0]) for call in model.calls] == ["questions", "answer", "judgement"]


def test_one_failed_request_costs_only_what_it_was_for():
    def failing(request: Request) -> str | None:
        if what_of(request) == "answer" and question_of(request) == TILL[1].question:
            return "timeout"
        return "http_400" if what_of(request) == "questions" and "museum.pdf" in request.messages[-1][1] else None

    chunks = make_chunks()
    pairs, dropped = generate(chunks, SETTINGS, ScriptedModel(TILL, failing))
    assert sorted(pairs["question"]) == sorted([TILL[0].question, TILL[2].question])
    assert set(dropped["rule"]) == {"generation_failed"} and dropped.schema == pl.Schema(ledger.SCHEMA)
    assert sorted(dropped["detail"]) == [
        *["museum:museum.pdf; questions: http_400"] * 2,
        "museum:till.py; how; answer: timeout",
    ]
    assert set(chunks.filter(kind="section")["id"]) < set(dropped["row_id"])


@pytest.mark.parametrize(
    "data",
    [None, [], {"answer": "x"}, {"answer": None, "first_line": 1, "last_line": 1, "answerable": True}, "It puts the coin into the drawer."],
)
def test_data_of_another_form_fails_alone(data):
    def replying(request: Request, given: object) -> object:
        return data if what_of(request) == "answer" and question_of(request) == TILL[0].question else given

    pairs, dropped = generate(make_chunks(), SETTINGS, ScriptedModel(TILL, replying=replying))
    assert pairs.height == 4
    assert dropped.select("rule", "detail").rows() == [("generation_failed", "museum:till.py; what; answer: invalid_reply")]


@pytest.mark.parametrize(
    ("change", "rule", "detail"),
    [
        ({"first_line": 0, "last_line": 1}, "span_missing", "outside the text"),
        ({"first_line": 2, "last_line": 1}, "span_missing", "outside the text"),
        ({"first_line": 1, "last_line": 10**30}, "span_missing", "outside the text"),
        ({"first_line": 2, "last_line": 5}, "span_missing", "over two parts"),
        ({"answerable": False, "answer": ""}, "not_answerable", ""),
        ({"answer": "As an AI, I cannot see the drawer."}, "refusal", ""),
        ({"answer": "Volcanoes erupt whenever magma rises beneath mountains."}, "not_grounded", ""),
        ({"answer": ""}, "answer_too_short", ""),
    ],
)
def test_what_an_answer_may_do_wrong(change, rule, detail):
    def replying(request: Request, given: object) -> object:
        is_it = what_of(request) == "answer" and question_of(request) == TILL[0].question
        return {**given, **change} if is_it and isinstance(given, dict) else given

    pairs, dropped = generate(make_chunks(), SETTINGS, ScriptedModel(TILL, replying=replying))
    assert dropped["rule"].to_list() == [rule] and pairs.height == 4
    assert detail in dropped["detail"][0]


def test_half_a_character_from_the_model_is_replaced():
    fact = TILL[0]._replace(answer="It puts the coin into the drawer \ud800, as often as wanted.")
    pairs, _ = generate(make_chunks(), SETTINGS, ScriptedModel([fact]))
    assert pairs["answer"].to_list() == ["It puts the coin into the drawer ?, as often as wanted."]


def test_the_order_of_files_and_what_else_there_is_change_nothing():
    chunks = make_chunks()
    whole = generate(chunks, SETTINGS, ScriptedModel(TILL))
    shuffled = generate(chunks[[1, 2, 0, 3]], SETTINGS, ScriptedModel(TILL))
    assert whole[0].equals(shuffled[0]) and whole[1].equals(shuffled[1])
    parts = [generate(chunks.filter(path=path), SETTINGS, ScriptedModel(TILL))[0] for path in ("museum.pdf", "till.py")]
    assert pl.concat(parts).equals(whole[0])


def test_a_changed_chunk_retires_the_pairs_of_what_is_shown_with_it():
    before, _ = generate(make_chunks(), SETTINGS, ScriptedModel(TILL))
    changed = [source._replace(text=source.text.replace("ValueError", "KeyError")) for source in SOURCES]
    facts = [fact._replace(needle="raise KeyError", answer="It raises a `KeyError`.") if "take" in fact.question else fact for fact in TILL]
    after, _ = generate(make_chunks(changed), SETTINGS, ScriptedModel(facts))
    kept = set(before["id"]) & set(after["id"])
    assert kept == set(before.filter(kind="document")["id"]) and after.height == 5


def test_repeated_questions_leave_the_best_grounded_one():
    better = TILL[0]._replace(needle="self.coins +=", question="What does `Till.add` do with the coin?", answer="Coins, times volcano.")
    pairs, dropped = generate(make_chunks(SOURCES[:1]), SETTINGS, ScriptedModel([better, TILL[0]]))
    assert pairs["question"].to_list() == [TILL[0].question]
    assert dropped.select("rule", "score", "threshold").rows() == [("repeated_question", 1.0, 0.8)]
    assert dropped["row_id"][0] not in set(pairs["id"])


def test_a_question_asked_twice_is_answered_once():
    model = ScriptedModel([TILL[0], TILL[0]._replace(question=TILL[0].question.upper()), TILL[0]])
    pairs, dropped = generate(make_chunks(SOURCES[:1]), SETTINGS, model)
    assert pairs.height == 1 and dropped["rule"].to_list() == ["repeated_question"] * 2
    assert len(model.calls[1]) == 1 and len({pairs["id"][0], *dropped["row_id"]}) == 3


def test_the_judge_decides_last_and_what_it_did_not_judge_is_not_kept():
    verdicts = {
        TILL[0].question: {"supported": False, "answers_question": True},
        TILL[1].question: {"supported": True, "answers_question": False},
    }

    def failing(request: Request) -> str | None:
        return "budget" if what_of(request) == "judgement" and question_of(request) == TILL[2].question else None

    def replying(request: Request, given: object) -> object:
        return verdicts.get(question_of(request), given) if what_of(request) == "judgement" else given

    pairs, dropped = generate(make_chunks(), GenerationSettings(judge=True), ScriptedModel(TILL, failing, replying))
    assert sorted(pairs["question"]) == sorted(fact.question for fact in TILL[3:])
    assert sorted(dropped["rule"]) == ["generation_failed", "judged_off_question", "judged_unsupported"]
    assert "judge: budget" in " ".join(dropped["detail"])


def test_what_is_not_asked_about():
    sources = [*SOURCES, Source("tiny.py", "f", "def f(): pass\n", n_tokens=5)]
    chunks = make_chunks(sources)
    pairs, dropped = generate(chunks, GenerationSettings(kinds=("code",)), ScriptedModel(TILL))
    assert pairs.height == 3
    assert sorted(dropped["rule"]) == ["kind_not_asked", "kind_not_asked", "too_little_text"]
    assert dropped.filter(rule="too_little_text").select("score", "threshold").rows() == [(5.0, 24.0)]


def test_a_sample_is_of_at_most_so_many_groups_whatever_the_shards():
    chunks = make_chunks()
    settings = GenerationSettings(max_group_tokens=1, max_chunks=2)
    last = last_id(chunks["id"], settings.max_chunks)
    model = ScriptedModel(TILL)
    whole, dropped = generate(chunks, settings, model, last)
    assert len(model.calls[0]) == 2 and dropped["rule"].to_list() == ["not_sampled"] * 2
    parts = [generate(chunks.filter(path=path), settings, ScriptedModel(TILL), last)[0] for path in ("museum.pdf", "till.py")]
    assert pl.concat(parts).equals(whole)
    assert last_id(chunks["id"], 4) is None and last_id(chunks["id"], None) is None


def test_a_sample_counts_what_can_be_asked_about():
    chunks = make_chunks([*SOURCES, Source("tiny.py", "f", "x = 1", n_tokens=1)])
    narrow = chunks.select(COLUMNS)
    assert askable(narrow, GenerationSettings(max_group_tokens=1)) == [group.chunks[0].id for group in groups(chunks, 1)[:4]]
    for kind in ("code", "document"):
        settings = GenerationSettings(kinds=(kind,), max_chunks=1)
        model = ScriptedModel(TILL)
        generate(chunks, settings, model, last_id(pl.Series(askable(narrow, settings)), 1))
        assert len(model.calls[0]) == 1, "the one group of that kind, whichever chunk has the smallest id"


def test_nothing_to_ask_about():
    pairs, dropped = generate(make_chunks([]), SETTINGS, ScriptedModel(TILL))
    assert pairs.schema == SCHEMA and pairs.is_empty() and dropped.schema == pl.Schema(ledger.SCHEMA) and dropped.is_empty()
    pairs, dropped = generate(make_chunks(), SETTINGS, ScriptedModel([]))
    assert pairs.schema == SCHEMA and dropped["rule"].to_list() == ["no_questions"] * 4


def test_the_ledger_holds_no_text():
    facts = [Fact("Put a coin", f"What does Till.add do {word}?", "Nonsense about zebras and volcanoes.") for word in ("quietly", "loudly")]
    _, dropped = generate(make_chunks(), SETTINGS, ScriptedModel(facts))
    assert dropped.height >= 2
    assert not any(word in json.dumps(dropped.rows()) for word in ("quietly", "zebras", "coin"))


def test_groups_at_a_time_change_nothing(monkeypatch):
    settings = GenerationSettings(max_group_tokens=1)
    whole = generate(make_chunks(), settings, ScriptedModel(TILL))
    monkeypatch.setattr(running, "_GROUPS_AT_A_TIME", 1)
    one_by_one = ScriptedModel(TILL)
    assert generate(make_chunks(), settings, one_by_one)[0].equals(whole[0]) and len(one_by_one.calls) == 8
