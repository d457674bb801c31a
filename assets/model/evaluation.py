"""The test split answered and scored: rows for the base model, rows side by side, and what they say in numbers."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, Field

from assets import passport
from assets.corpus.template import tool_text
from assets.corpus.template.tool_text import Row
from assets.model import bootstrap, calls, generation, locations, metrics
from assets.model.generation import GenerationSettings

EXAMPLE = {"example_id": pl.String, "group_id": pl.String, "source": pl.String, "question": pl.String, "reference": pl.String}
ANSWERS = {**EXAMPLE, "answer": pl.String, **dict.fromkeys(metrics.COLUMNS, pl.Float64)}
SHARED = ("group_id", "source", "question", "reference")


class EvaluationSettings(BaseModel, frozen=True, extra="forbid"):
    """Which test examples are answered, how, and how the interval is drawn."""

    max_examples: int = Field(default=48, gt=0)
    seed: int = Field(default=0, ge=0, description="of the bootstrap")
    resamples: int = Field(default=10_000, ge=100)
    generation: GenerationSettings = GenerationSettings()


def select_examples(splits_files: Sequence[Path], settings: EvaluationSettings) -> pl.DataFrame:
    """Return `example_id, group_id, source, question, reference, conversation, tools` of at most `max_examples` test rows.

    Ids are hashes, so the first ones by id are a fixed sample; the sources take turns, so that a large one does not crowd out the
    others. By id. A chat with calls is asked for its last message with calls, any other for its last answer; a row without a question
    before that is passed over. Raises ValueError when there is no test row.
    """
    rows = (
        pl.scan_parquet([str(file) for file in splits_files])
        .filter(pl.col("split") == "test")
        .select("id", "group_id", "source", "messages", "tools")
        .collect()
        .sort("id")
    )
    examples = [example for row in rows.iter_rows(named=True) if (example := _example(row))]
    if not examples:
        raise ValueError("chatml_splits has no test example with an answer: nothing to evaluate on")
    frame = pl.DataFrame(examples, schema={**EXAMPLE, "conversation": rows.schema["messages"], "tools": pl.String})
    turn = pl.col("example_id").rank("ordinal").over("source")
    return frame.sort(turn, "source").head(settings.max_examples).sort("example_id")


def _example(row: dict[str, Any]) -> dict[str, Any] | None:
    messages: list[Row] = row["messages"]
    answers = [index for index, message in enumerate(messages) if message["role"] == "assistant"]
    last = max([index for index in answers if messages[index].get("tool_calls")] or answers, default=0)
    reference = _said(messages[last]) if last else ""
    if not reference.strip():
        return None
    conversation = messages[:last]
    return {
        "example_id": row["id"],
        "group_id": row["group_id"],
        "source": row["source"],
        "question": _as_text(conversation, row["tools"]),
        "reference": reference,
        "conversation": conversation,
        "tools": row["tools"],
    }


def _as_text(conversation: Sequence[Row], tools: str) -> str:
    if len(conversation) == 1 and tools == tool_text.NO_TOOLS:
        return _said(conversation[0])
    listed = [f"tools: {tools}"] if tools != tool_text.NO_TOOLS else []
    return "\n\n".join([*listed, *(f"{message['role']}: {_said(message)}" for message in conversation)])


def _said(message: Row) -> str:
    """Return what a message says, with its calls in Hermes' form."""
    if not message.get("tool_calls"):
        return message["content"] or ""
    [written], _ = tool_text.native([message], tool_text.NO_TOOLS)
    return tool_text.content(written)


def answer_and_score(
    base_folder: Path,
    adapter_folder: Path | None,
    splits_files: Sequence[Path],
    settings: EvaluationSettings,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Return the test examples with `answer` and its scores (columns ANSWERS), by `example_id`. Loads the model: heavy."""
    examples = select_examples(splits_files, settings)
    chats, tools = examples["conversation"].to_list(), examples["tools"].to_list()
    answers = generation.answer(base_folder, adapter_folder, chats, settings.generation, progress, tools=tools)
    scores = metrics.score(answers, examples["reference"].to_list())
    frame = examples.drop("conversation", "tools").with_columns(pl.Series("answer", answers, dtype=pl.String))
    return pl.concat([frame, scores], how="horizontal").select(list(ANSWERS)).cast(ANSWERS)  # type: ignore[arg-type]


def baseline_rows(answers: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `baseline_eval` from the base model's answers (columns ANSWERS)."""
    ids = passport.row_ids("baseline_eval", answers["example_id"])
    return answers.with_columns(ids, pl.concat_list("example_id").alias("parent_ids")).select(
        "id", "parent_ids", *SHARED, "answer", *metrics.COLUMNS
    )


def report_rows(baseline: pl.DataFrame, tuned: pl.DataFrame) -> pl.DataFrame:
    """Return rows of `eval_report` from rows of `baseline_eval` and the tuned model's answers (columns ANSWERS).

    Raises ValueError when the two were not given the same questions: a paired comparison would then compare nothing.
    """
    base = baseline.with_columns(example_id=pl.col("parent_ids").list.first())
    keys = ["example_id", "question", "reference"]
    if base.select(keys).sort("example_id").rows() != tuned.select(keys).sort("example_id").rows():
        raise ValueError("baseline_eval and the tuned answers are not about the same test examples: materialize baseline_eval again")
    base = base.rename({"id": "base_id", "answer": "base_answer", **{name: f"base_{name}" for name in metrics.COLUMNS}})
    tuned = tuned.rename({"answer": "tuned_answer", **{name: f"tuned_{name}" for name in metrics.COLUMNS}}).drop(SHARED)
    rows = base.join(tuned, on="example_id", how="inner", maintain_order="left")
    scores = [f"{model}_{name}" for model in ("base", "tuned") for name in metrics.COLUMNS]
    return rows.with_columns(passport.row_ids("eval_report", rows["base_id"]), pl.concat_list("base_id").alias("parent_ids")).select(
        "id", "parent_ids", *SHARED, "base_answer", "tuned_answer", *scores
    )


def summary(report: pl.DataFrame, settings: EvaluationSettings) -> dict[str, Any]:
    """Return `n`, `tuned_is_better` (the interval of the combined score lies above 0) and, per metric, means and interval.

    Each metric maps to base, tuned, difference, low, high (95 % paired bootstrap) and base_interval, tuned_interval. `locations` is
    what `locations.compare` says of the questions where a comment is needed, `tool_calls` what `calls.compare` says of those where tools
    may be called; each is absent when none was asked. `by_source` has the
    means of each source: `n` and, for each model and metric, base_bertscore and so on.
    """
    result: dict[str, Any] = {"n": report.height}
    options = {"seed": settings.seed, "resamples": settings.resamples}
    for name in metrics.COLUMNS:
        base, tuned = report[f"base_{name}"].to_list(), report[f"tuned_{name}"].to_list()
        result[name] = bootstrap.paired(base, tuned, **options)._asdict()
        result[name]["base_interval"] = bootstrap.mean_interval(base, **options)[1:3]
        result[name]["tuned_interval"] = bootstrap.mean_interval(tuned, **options)[1:3]
    result["tuned_is_better"] = result["combined"]["low"] > 0
    result["by_source"] = {source: _means(report.filter(pl.col("source") == source)) for source in report["source"].unique().sort()}
    found = {"locations": locations.compare(report, **options), "tool_calls": calls.compare(report, **options)}
    return result | {name: scores for name, scores in found.items() if scores}


def _means(rows: pl.DataFrame) -> dict[str, Any]:
    scores = [f"{model}_{name}" for model in ("base", "tuned") for name in metrics.COLUMNS]
    return {"n": rows.height, **{score: rows[score].mean() for score in scores}}
