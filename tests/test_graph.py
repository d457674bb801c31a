"""The graph as a whole, for real: code, pull requests and documents, the real small model, the real warehouse."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import yaml

from definitions import defs
from resources.lake import Lake, Snapshot

CODE = ("raw_code", "clean_code", "near_duplicate_clusters", "deduplicated_code", "cleaned_chunks", "qa_pairs", "chat_examples")
TABLES = (
    *CODE, "raw_documents", "document_sections", "bronze_prs", "silver_review_comments", "review_tasks", "raw_conversations",
    "tool_conversations", "benchmarks", "chatml_splits",
    "baseline_eval", "eval_report",
)  # fmt: skip
# The name is in nearly every five tokens: two such functions are no near-duplicates.
FUNCTION = '''
def {name}({name}_left, {name}_right):
    """Return the {name} of {name}_left and {name}_right, the {name} way.

    Raises a TypeError when {name}_left is no {name} number at all.
    """
    if not isinstance({name}_left, {name}_type):
        raise TypeError("{name} needs numbers")
    return {name}_round({name!r} and {name}_left + {name}_right)
'''
MIT = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files, to deal
in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,
and/or sell copies of the Software. The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the software. The software is provided "as is", without warranty of any kind, express or implied.
"""
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]


class World:
    """A home with sources that can be changed, and the graph over them."""

    def __init__(self, root: Path, base: Path) -> None:
        self.home, self.folder, self.repository = root / "home", root / "tools", root / "service"
        self.lake, self.instance = Lake.at(self.home), dg.DagsterInstance.ephemeral()
        self.profile = root / "world.yaml"
        self._write_sources()
        profile = {
            "sources": {
                "code": {
                    "git": [{"url": str(self.repository), "ref": "main"}],
                    "folders": [str(self.folder)],
                    "packages": ["attrs", "requests", "click"],
                },
                "pull_requests": {"embedded_forge": True, "repositories": ["corpusmith/dayshift"]},
                "documents": {"embedded": True},
                "conversations": {"embedded": True},
            },
            "engine": {"workers": 1, "inline_max_bytes": 100_000_000},
            "corpus": {"splits": {"max_example_tokens": 160}, "questions": {"shapes": ["purpose", "returns"]}},
            "model": {
                "base": {"name": f"folder:{base}"},
                "training": {"max_steps": 2, "evaluate_every_steps": 1, "validation_examples": 2, "max_tokens": 160, "batch_size": 2},
                "evaluation": {"max_examples": 3, "resamples": 100, "generation": {"max_new_tokens": 8}},
            },
        }
        self.profile.write_text(yaml.safe_dump(profile), encoding="utf-8")

    def _write_sources(self) -> None:
        self.folder.mkdir()
        (self.folder / "LICENSE").write_text(MIT, encoding="utf-8")
        for name in ("sum", "total"):
            (self.folder / f"{name}.py").write_text(FUNCTION.format(name=name), encoding="utf-8")
        self.repository.mkdir()
        (self.repository / "LICENSE").write_text(MIT, encoding="utf-8")
        (self.repository / "copy.py").write_text(FUNCTION.format(name="sum") + "# the same\n", encoding="utf-8")
        (self.repository / "amount.py").write_text(FUNCTION.format(name="amount"), encoding="utf-8")
        for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
            subprocess.run([*GIT, *command], cwd=self.repository, check=True)

    def run(self, job: str) -> dg.ExecuteInProcessResult:
        result = defs.resolve_job_def(job).execute_in_process(instance=self.instance, raise_on_error=False)
        assert result.success, [event.message for event in result.all_events if event.is_failure]
        return result

    def snapshots(self) -> dict[str, str | None]:
        return {asset: self.lake.current(asset) for asset in self.lake.assets()}

    def labels(self, asset: str) -> dict[str, str]:
        return {shard.label: shard.digest for shard in self.lake.snapshot(asset).shards}

    def tasks(self) -> set[str]:
        return {path.name for path in (self.home / "memo" / "tasks").glob("*/*")}

    def ask(self, sql: str) -> list[tuple]:  # type: ignore[type-arg]
        with duckdb.connect(self.home / "warehouse.duckdb", read_only=True) as connection:
            return connection.sql(sql).fetchall()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, real_base: Path) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("world"), real_base)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CORPUSMITH_HOME", str(world.home))
        patch.setenv("CORPUSMITH_PROFILE", str(world.profile))
        world.run("build_everything")
        yield world


def test_every_dataset_is_published_and_every_gate_held(world: World) -> None:
    for asset in (*TABLES, "base_model", "lora_adapter"):
        verdicts = world.lake.snapshot(asset).manifest.verdicts
        assert verdicts and all(verdict.passed for verdict in verdicts if verdict.blocking), asset
    assert {row for (row,) in world.ask("select distinct source from raw_code")} == {"git", "folder", "package"}
    assert {row for (row,) in world.ask("select distinct split from chatml_splits")} == {"train", "validation", "test"}


def test_the_warehouse_shows_what_the_lake_holds(world: World) -> None:
    for asset in TABLES:
        ((rows,),) = world.ask(f"select count(*) from {asset}")
        assert rows == world.lake.snapshot(asset).manifest.rows
    ((dropped,),) = world.ask("select count(*) from ledger where asset = 'deduplicated_code' and rule = 'near_duplicate'")
    assert dropped >= 1, "copy.py differs from sum.py by a comment"


def test_a_training_example_leads_back_to_its_lines(world: World) -> None:
    found = world.ask("""
        select raw.repository, raw.revision, raw.path, chunk.start_line, chunk.end_line, raw.license
        from chatml_splits split
        join chat_examples chat on list_contains(split.parent_ids, chat.id)
        join qa_pairs pair on list_contains(chat.parent_ids, pair.id)
        join cleaned_chunks chunk on list_contains(pair.parent_ids, chunk.id)
        join deduplicated_code file on list_contains(chunk.parent_ids, file.id)
        join clean_code clean on list_contains(file.parent_ids, clean.id)
        join raw_code raw on list_contains(clean.parent_ids, raw.id)
        where raw.path = 'amount.py'
    """)
    head = subprocess.run([*GIT, "rev-parse", "HEAD"], cwd=world.repository, capture_output=True, text=True, check=True).stdout.strip()
    assert found and {row[:3] for row in found} == {(str(world.repository), head, "amount.py")}
    assert {row[3:5] for row in found} == {(2, 9)} and {row[5] for row in found} == {"MIT"}


def test_a_review_leads_back_to_commit_and_line(world: World) -> None:
    found = world.ask("""
        select bronze.repository, bronze.pull_number, silver.original_commit_sha, silver.path, silver.line, silver.proof, split.group_id
        from chatml_splits split
        join chat_examples chat on list_contains(split.parent_ids, chat.id)
        join review_tasks task on list_contains(chat.parent_ids, task.id)
        join silver_review_comments silver on list_contains(task.parent_ids, silver.id)
        join bronze_prs bronze on list_contains(silver.parent_ids, bronze.id)
    """)
    assert found and {row[0] for row in found} == {"corpusmith/dayshift"} and all(row[2] and row[3] and row[4] and row[5] for row in found)
    assert {row[6] for row in found} == {f"pull_request:corpusmith/dayshift#{row[1]}" for row in found}


def test_a_section_leads_back_to_its_document_and_pages(world: World) -> None:
    found = world.ask("""
        select document.origin, section.first_page, section.heading
        from cleaned_chunks chunk
        join document_sections section on list_contains(chunk.parent_ids, section.id)
        join raw_documents document on list_contains(section.parent_ids, document.id)
    """)
    assert {row[0].split("/")[0] for row in found} == {"embedded"} and len({row[0] for row in found}) == 4
    assert world.ask("select distinct rule from ledger where rule in ('invisible_text', 'running_header')"), (
        "what no reader sees is dropped"
    )


def test_again_computes_nothing_and_changes_nothing(world: World) -> None:
    before, tasks = world.snapshots(), world.tasks()
    world.run("build_everything")
    assert world.snapshots() == before
    assert world.tasks() == tasks


def test_one_added_file_costs_one_shard(world: World) -> None:
    before = {asset: world.labels(asset) for asset in CODE}
    adapter = world.lake.current("lora_adapter")
    (world.folder / "product.py").write_text(FUNCTION.format(name="product"), encoding="utf-8")
    world.run("refresh_corpus")
    for asset, labels in before.items():
        changed = {label for label, digest in world.labels(asset).items() if labels.get(label) != digest}
        assert len(changed) == 1 and "folder" in changed.pop(), asset
    assert world.ask("select count(*) from raw_code where path = 'product.py'") == [(1,)]
    assert world.lake.current("lora_adapter") == adapter, "the model is not retrained by a refresh"


def test_a_file_that_breaks_a_promise_reaches_no_reader(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage with a bug, as after a careless change: the audit keeps its output away."""
    import assets.corpus.assets as corpus
    from resources.engine import Stage
    from tests import planted

    before = world.snapshots()
    monkeypatch.setattr(corpus, "CHUNK", Stage(planted.chunk_off_by_one, version="1"))
    result = defs.resolve_job_def("refresh_corpus").execute_in_process(instance=world.instance, raise_on_error=False)
    assert not result.success
    assert world.snapshots() == before, "nothing below it is made from it either"
    rejected = world.lake.current("cleaned_chunks", "rejected")
    assert rejected and isinstance(world.lake.snapshot("cleaned_chunks", rejected), Snapshot)
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert [check.check_name for check in failed] == ["chunks_are_literal_slices"]
    assert failed[0].metadata["row_ids"].value
