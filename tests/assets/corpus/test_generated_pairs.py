"""Questions and answers of a language model as the asset makes them, at a server on loopback that speaks the protocol."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.corpus import assets
from jobs.retry_failed_generations import retry_failed_generations
from resources.lake import Lake
from resources.llm.resource import llm_resource
from tests.assets.corpus.museum import METALS, Museum, failed, files, metadata, pages
from tests.assets.corpus.scripted_server import says
from tests.resources.llm.chat_server import ChatServer, serving, settings

ASKED = len(files()) + len(pages())  # each of them is a group
ANSWERED = 3 * len(files()) + 2 * len(pages())
NEEDED = ASKED + ANSWERED


@pytest.fixture
def museum(tmp_path: Path, tokenizer: pl.DataFrame) -> Museum:
    made = Museum(tmp_path / "home", tokenizer)
    made.publish(files(), pages())
    return made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, tokenizer: pl.DataFrame) -> tuple[str | None, list[str]]:
    """The snapshot that nothing disturbed, and what was asked for it."""
    made = Museum(tmp_path_factory.mktemp("whole") / "home", tokenizer)
    made.publish(files(), pages())
    with serving(says=says) as server:
        assert made.ask(server).success
    return made.id, list(server.received)


def texts(museum: Museum) -> dict[str, str]:
    return dict(museum.lake.open("cleaned_chunks").select("id", "text").collect().rows())


def spans(museum: Museum) -> list[str]:
    chunks, columns = texts(museum), ("parent_ids", "span_start", "span_end")
    return [chunks[parents[0]][start:end] for parents, start, end in museum.pairs().select(columns).iter_rows()]


def lost(museum: Museum) -> list[tuple[str, str]]:
    """Rules and details of what the model was asked in vain."""
    rows = museum.lake.snapshot("qa_pairs").ledger().filter(pl.col("rule") != "no_documentation").select("rule", "detail").collect()
    return sorted((rule, detail.split("; ")[-1]) for rule, detail in rows.iter_rows())


def chats_of(lake: Lake, museum: Museum) -> pl.DataFrame:
    """Make chat_examples of the pairs, beside empty lines of reviews and conversations."""
    for name in ("review_tasks", "tool_conversations"):
        lake.publish(lake.commit(lake.draft(name)), None)
    above = [dg.AssetSpec(name) for name in ("qa_pairs", "review_tasks", "tool_conversations")]
    result = dg.materialize([*above, assets.chat_examples], resources=museum.resources(settings()), raise_on_error=False)
    assert result.success, failed(result)
    return lake.open("chat_examples").collect()


def test_both_generators_feed_one_dataset_that_chats_are_made_of(museum: Museum) -> None:
    with serving(says=says) as server:
        result = museum.ask(server)
    assert result.success and failed(result) == {}
    assert (museum.pairs().height, museum.pairs(asked=False).height) == (ANSWERED, len(METALS))
    assert set(museum.pairs()["generator"]) == {"llm:echo"} and set(museum.pairs(asked=False)["generator"]) == {"docstring"}
    assert dict(museum.pairs().group_by("kind").len().rows()) == {"code": 3 * len(METALS), "document": 2 * len(METALS)}
    assert all(answer in span and "\n" not in span for answer, span in zip(museum.pairs()["answer"], spans(museum), strict=True))
    assert museum.pairs()["sample_quality_score"].is_between(0.5, 1).all()
    told = metadata(result)
    assert (told["llm_calls"], told["llm_requests"], told["llm_tokens_out"]) == (NEEDED, NEEDED, 10 * NEEDED)
    chats = chats_of(museum.lake, museum)
    assert dict(chats.group_by("source").len().rows()) == {"code_qa": 4 * len(METALS), "document_qa": 2 * len(METALS)}
    assert chats.filter(source="document_qa")["group_keys"].explode().unique().to_list() == ["document:/srv/docs/handbook.pdf"]
    assert all("The museum lends" in chat[1]["content"] for chat in chats.filter(source="document_qa")["messages"])


def test_a_conversation_of_two_turns_is_one_chat(museum: Museum) -> None:
    museum.generation = {"max_turns": 2, "questions_per_chunk": 1, "kinds": ["document"], "judge": True}
    with serving(says=says) as server:
        result = museum.ask(server)
    assert result.success and failed(result) == {}
    first, second = (museum.pairs().filter(turn=turn).sort("dialogue") for turn in (0, 1))
    assert first.height == second.height == len(METALS) and first["id"].equals(second["dialogue"])
    assert second["context"].null_count() == second.height and first["context"].null_count() == 0
    chats = chats_of(museum.lake, museum).filter(source="document_qa")
    assert {tuple(message["role"] for message in chat) for chat in chats["messages"]} == {("system", *("user", "assistant") * 2)}


def test_neighbouring_sections_are_shown_together_and_a_line_leads_to_its_own(museum: Museum) -> None:
    museum.generation = {"max_group_tokens": 512, "questions_per_chunk": 10, "kinds": ["document"]}
    with serving(says=says) as server:
        assert museum.ask(server).success
    assert server.calls == 1 + 2 * len(METALS)
    pairs = museum.pairs()
    assert set(pairs["parent_ids"].list.len()) == {len(METALS)} and pairs["parent_ids"].list.first().n_unique() == len(METALS)
    assert all(answer in span for answer, span in zip(pairs["answer"], spans(museum), strict=True))


def test_a_sample_is_as_large_as_it_was_asked_for(museum: Museum) -> None:
    museum.generation = {"max_chunks": 3, "kinds": ["document"], "questions_per_chunk": 1}
    with serving(says=says) as server:
        assert museum.ask(server).success
    assert server.calls == 3 + 3 and museum.pairs().height == 3


def test_a_budget_stops_and_the_next_runs_go_on_where_it_stopped(museum: Museum, whole: tuple[str | None, list[str]]) -> None:
    left: list[int] = []
    kept: list[int] = []
    with serving(says=says) as server:
        while len(left) < 10 and (not left or left[-1]):
            result = museum.ask(server, concurrency=2, budget={"max_tokens_out": 120})
            assert result.success and set(failed(result)) <= {"everything_was_asked"}
            assert metadata(result)["llm_calls"] <= 12 + 1
            left.append(failed(result).get("everything_was_asked", {}).get("unasked", 0))
            kept.append(museum.pairs().height)
            assert museum.pairs(asked=False).height == len(METALS)
            facts = failed(result).get("everything_was_asked")
            assert not facts or (facts["failed"] == 0 and "llm.budget.max_tokens_out: 120" in facts["stopped"])
            assert set(lost(museum)) <= {("generation_failed", "answer: budget"), ("generation_failed", "questions: budget")}
            assert bool(lost(museum)) == bool(facts)
    assert len(left) == 3 and left[-1] == 0 and kept[0] < kept[1] < kept[2] == ANSWERED
    assert server.calls == NEEDED and set(server.delivered.values()) == {1}
    assert museum.id == whole[0]


def test_an_endpoint_that_is_down_keeps_nothing_back(museum: Museum) -> None:
    with serving(says=says) as server:
        assert museum.ask(server).success
    before = museum.pairs()["id"]
    museum.publish(files(), pages() | {"Hours": "## Hours\n\nThe museum opens every morning except on Mondays in winter.\n"})
    result = museum.ask(server)
    assert result.success and set(failed(result)) == {"everything_was_asked"}
    facts = failed(result)["everything_was_asked"]
    assert (facts["unasked"], facts["failed"]) == (1, 0) and facts["stopped"].startswith("first: connection")
    assert museum.pairs()["id"].equals(before) and museum.pairs(asked=False).height == len(METALS)
    assert lost(museum) == [("generation_failed", "questions: unavailable")]


def test_nothing_but_docstrings_where_nothing_ever_answered(museum: Museum) -> None:
    with serving(always="500") as server:
        result = museum.ask(server)
    assert result.success and set(failed(result)) == {"everything_was_asked"}
    assert server.calls <= 5 + 8 - 1 + 3, "no storm: the breaker's bound"
    assert museum.pairs().is_empty() and museum.pairs(asked=False).height == len(METALS)


def test_a_changed_chunk_retires_its_pairs_and_costs_its_own_calls(museum: Museum) -> None:
    with serving(says=says) as server:
        assert museum.ask(server).success
        before = museum.pairs()
        server.received.clear()
        changed = {title: text.replace("several months", "a week") for title, text in pages().items() if title == "Silver"}
        museum.publish(files(), pages() | changed)
        assert museum.ask(server).success
        assert server.calls == 3 and all("silver coins to schools for a week" in prompt for prompt in server.received)
        after = museum.pairs()
        retired, new = (one.join(other, on="id", how="anti") for one, other in ((before, after), (after, before)))
        assert (retired.height, new.height) == (2, 2) and after.height == before.height
        assert all("silver" in question for question in [*retired["question"], *new["question"]])
        museum.publish({name: text for name, text in files().items() if name != "copper.py"}, pages())
        server.received.clear()
        assert museum.ask(server).success and not server.received, "what comes back is remembered, what is gone is retired"
    assert museum.pairs().height == ANSWERED - 3


def test_what_failed_has_a_reason_and_the_job_asks_just_that_again(museum: Museum, whole: tuple[str | None, list[str]]) -> None:
    questions = next(prompt for prompt in whole[1] if "Write 4 questions" in prompt and "lends silver coins" in prompt)
    answer = next(prompt for prompt in whole[1] if "What is said about museum, lends, nickel?" in prompt)
    with serving(says=says, special={questions: "prose", answer: "refusal"}) as server:
        result = museum.ask(server, max_repeats=0)
        assert result.success and failed(result)["everything_was_asked"]["failed"] == 2
        assert lost(museum) == [("generation_failed", "answer: refused"), ("generation_failed", "questions: invalid_json")]
        assert museum.pairs().height == ANSWERED - 3
        server.special = {}
        server.received.clear()
        again = job(museum, server)
        narrowed = {"resources": {"llm": {"config": {"retry_failed": True, "reasons": ["refused"]}}}}
        assert again.execute_in_process(run_config=narrowed).success and server.received == {answer: 1}
        assert again.execute_in_process().success and server.received.total() == 4
        assert [prompt for prompt in server.received if "silver" not in prompt] == [answer]
    assert museum.id == whole[0]


def job(museum: Museum, server: ChatServer) -> Any:
    """The job over the real asset and the real resource."""
    resources = museum.resources(settings(server, max_repeats=0)) | {"llm": llm_resource}
    found = dg.load_assets_from_modules([assets], group_name="corpus")
    chosen = [asset for asset in found if isinstance(asset, dg.AssetsDefinition) and asset.key == dg.AssetKey("qa_pairs")]
    defs = dg.Definitions([dg.AssetSpec("cleaned_chunks"), *chosen], resources=resources, jobs=[retry_failed_generations])
    return defs.resolve_job_def("retry_failed_generations")


def test_the_key_reaches_the_server_and_neither_lake_nor_events(museum: Museum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "k" + os.urandom(12).hex()
    monkeypatch.setenv("CORPUSMITH_LLM_KEY", secret)
    (tmp_path / "events").mkdir()
    with (
        serving(says=says, share=0.3, kinds=("500", "429", "400"), extra={"api_key_env": "CORPUSMITH_LLM_KEY"}) as server,
        dg.DagsterInstance.local_temp(str(tmp_path / "events")) as instance,
    ):
        assert museum.ask(server, instance=instance, max_retries=8).success
        server.always = "401"
        museum.publish(files(), pages() | {"Hours": "## Hours\n\nThe museum opens every morning except on Mondays in winter.\n"})
        result = museum.ask(server, instance=instance)
        assert result.success and "the key is refused" in failed(result)["everything_was_asked"]["stopped"]
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {secret}"}
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"completions.sqlite", "manifest.json"} <= {file.name for file in written} and any(file.suffix == ".db" for file in written)
    assert not [file for file in written if secret.encode() in file.read_bytes()]
