import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assets.corpus.generation import grounding, proof, words
from assets.corpus.generation.running import generate
from assets.corpus.generation.settings import GateSettings, GenerationSettings
from tests.assets.corpus.generation.scripted_model import TILL, ScriptedModel, make_chunks

TEXT = st.text(st.sampled_from("aeinsdgyXYZ_019., `~\n\u00e9\u00b2\u6f22\u5b57\u0e01\u0130"), max_size=40) | st.sampled_from(
    ["class classes", "tries try trying", "HTTPServer2go", "```py\nx\n```", "passes passed pass", "snake_caseNames", "adding added adds e"]
)


@pytest.fixture(scope="module")
def pairs() -> pl.DataFrame:
    return generate(make_chunks(), GenerationSettings(), ScriptedModel(TILL))[0]


def broken(pairs: pl.DataFrame, chunks: pl.DataFrame | None = None) -> int:
    found, ledger = proof.not_grounded(pairs, GateSettings(), make_chunks() if chunks is None else chunks)
    assert found.schema == {"id": pl.String} and ledger.is_empty()
    return found.height


def test_what_passed_the_gates_is_proven(pairs):
    assert broken(pairs) == 0 and broken(pairs.clear()) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"answer": pl.lit("Volcanoes erupt whenever magma rises beneath mountains.")},
        {"answer": pl.lit("")},
        {"span_end": pl.col("span_start")},
        {"span_end": pl.lit(100_000)},
        {"span_start": pl.lit(-3)},
        {"parent_ids": pl.lit(["0" * 32])},
        {"parent_ids": pl.concat_list("parent_ids", pl.lit("0" * 32))},
        {"parent_ids": pl.lit([], dtype=pl.List(pl.String))},
    ],
)
def test_what_was_changed_afterwards_is_found(pairs, change):
    assert broken(pairs.with_columns(**change)) == pairs.height


def test_answers_that_were_exchanged_are_found(pairs):
    documents = pairs.filter(kind="document").with_columns(answer=pl.col("answer").reverse())
    assert broken(documents) == documents.height == 2


def test_a_chunk_that_is_gone_is_found(pairs):
    assert broken(pairs, make_chunks().filter(pl.col("kind") != "section")) == 2


def test_other_generators_are_not_looked_at(pairs):
    wrong = pairs.with_columns(answer=pl.lit("volcano"))
    assert broken(wrong.with_columns(generator=pl.lit("docstring"))) == 0
    assert broken(wrong.with_columns(generator=pl.lit("llm"))) == wrong.height


@settings(deadline=None, max_examples=300)
@given(TEXT)
def test_both_read_the_same_words(text):
    assert proof._vocabulary(text) == set(words.words(text))


COINS = ["coin", "drawer", "bell", "museum", "lends", "copper", "silver", "glass", "stolen", "the", "of"]


def some_words(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(COINS), max_size=most).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(some_words(1), some_words(6), some_words(4), some_words(3), st.sampled_from([0.2, 0.25, 0.35, 0.5, 0.75]))
@example("?", "copper coin bell", "coins", "", 0.35)
@example("?", "copper coin bell", "coins", "a bell", 0.4)
def test_both_judge_alike(question, answer, cited, rest, least):
    limits = GateSettings(min_code_overlap=least)
    texts = {"x": f"{cited}\n\n{rest}"}
    expected = bool(cited.strip() and words.terms(answer)) and grounding.overlap(question, answer, cited, texts["x"]) >= least
    assert proof._stands(texts, limits, "code", ["x"], question, answer, 0, len(cited)) == expected
