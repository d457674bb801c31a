"""The graph as it is declared: everything in it is complete, and importing it is cheap."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

import jobs
from definitions import defs

ROOT = Path(__file__).resolve().parent.parent
HEAVY = {
    "torch",
    "transformers",
    "trl",
    "peft",
    "datasets",
    "wandb",
    "pandas",
    "pandera",
    "matplotlib",
    "sklearn",
    "scipy",
    "tokenizers",
    "datasketch",
    "githubkit",
    "httpx",
    "starlette",
}
GRAPH = defs.resolve_asset_graph()
OUTSIDE = {key for key in GRAPH.get_all_asset_keys() if GRAPH.get(key).is_external}
OURS = sorted(key.path[-1] for key in GRAPH.get_all_asset_keys() - OUTSIDE if GRAPH.get(key).group_name != "warehouse")


def test_the_datasets_are_all_there() -> None:
    assert sorted(OURS) == sorted([
        "raw_code", "clean_code", "near_duplicate_clusters", "deduplicated_code", "cleaned_chunks", "qa_pairs", "chat_examples",
        "bronze_prs", "silver_review_comments", "review_tasks", "raw_documents", "document_sections",
        "raw_conversations", "tool_conversations", "benchmarks", "chatml_splits",
        "base_model", "baseline_eval", "lora_adapter", "eval_report",
    ])  # fmt: skip


def test_every_asset_can_be_materialized() -> None:
    """A misspelt dependency becomes an asset that nothing makes, without an error."""
    assert {key for key in GRAPH.get_all_asset_keys() if not GRAPH.get(key).is_materializable} == OUTSIDE
    assert {key.to_user_string() for key in OUTSIDE} == {"evaluation_sets/human_eval"}, "what the default profile registers"
    assert GRAPH.get(dg.AssetKey("benchmarks")).parent_keys == OUTSIDE


@pytest.mark.parametrize("name", OURS)
def test_every_dataset_says_what_it_is(name: str) -> None:
    node = GRAPH.get(dg.AssetKey(name))
    assert node.description and len(node.description) > 40
    assert node.owners and node.kinds and node.code_version
    assert node.group_name in ("code", "pull_requests", "documents", "conversations", "corpus", "model")
    assert node.check_keys, "an asset without a gate publishes anything"


def test_checks_block_except_the_one_that_is_a_warning() -> None:
    specs = [spec for asset in defs.assets or [] if isinstance(asset, dg.AssetsDefinition) for spec in asset.check_specs]
    ours = {(spec.asset_key.to_user_string(), spec.name): spec.blocking for spec in specs if spec.asset_key.to_user_string() in OURS}
    assert [check for check, blocking in ours.items() if not blocking] == [
        ("tool_conversations", "nothing_is_odd"),
        ("qa_pairs", "everything_was_asked"),
        ("eval_report", "beats_base_model"),
    ]
    named = {name for _, name in ours}
    assert named >= {
        "matches_contract", "ids_are_unique", "parents_exist", "row_count_is_plausible", "chunks_are_literal_slices",
        "split_is_leak_free", "loss_is_on_answers_only", "adapter_loads", "beats_base_model",
    }  # fmt: skip


def test_every_job_and_schedule_can_be_found() -> None:
    named = [getattr(jobs, name) for name in jobs.__all__]
    assert {job.name for job in named if not isinstance(job, dg.ScheduleDefinition)} == {job.name for job in defs.jobs or []}
    assert {one.name for one in named if isinstance(one, dg.ScheduleDefinition)} == {one.name for one in defs.schedules or []}


def test_jobs_cover_what_they_say() -> None:
    def keys(job: str) -> set[str]:
        return {key.to_user_string() for key in defs.resolve_job_def(job).asset_layer.executable_asset_keys}

    everything = {key.to_user_string() for key in GRAPH.get_all_asset_keys() - OUTSIDE}
    assert keys("build_everything") == everything
    assert keys("refresh_corpus") == everything - {"baseline_eval", "lora_adapter", "eval_report"}
    assert {"bronze_prs", "silver_review_comments", "review_tasks"} < keys("refresh_pull_requests") < keys("refresh_corpus")
    assert keys("train_adapter") >= {"base_model", "baseline_eval", "lora_adapter", "eval_report"}
    assert not keys("train_adapter") & {"raw_code", "chatml_splits"}
    assert keys("retry_failed_generations") >= {"qa_pairs", "chat_examples", "chatml_splits"}
    assert not keys("retry_failed_generations") & {"cleaned_chunks", "lora_adapter"}


@pytest.mark.parametrize(("name", "job"), [("nightly_refresh", "refresh_corpus"), ("daily_pull_requests", "refresh_pull_requests")])
def test_schedules_ask_for_their_job(name: str, job: str) -> None:
    schedule = defs.resolve_schedule_def(name)
    assert schedule.job_name == job
    with dg.build_schedule_context() as context:
        assert schedule.evaluate_tick(context).run_requests


def test_importing_the_graph_loads_nothing_heavy() -> None:
    code = "import sys, definitions; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY & set(found) == set()


def test_pure_modules_import_neither_dagster_nor_resources() -> None:
    groups = [ROOT / "assets" / name for name in ("code", "corpus", "model")]
    pure = [path for group in groups for path in group.rglob("*.py") if path.name not in ("assets.py", "checks.py")]
    assert len(pure) > 25
    for path in pure:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        wrong = [
            line
            for line in lines
            if line.startswith(("import dagster", "from dagster ", "from dagster.", "from resources", "import resources"))
        ]
        assert not wrong, f"{path}: {wrong}"
