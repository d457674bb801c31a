"""What a run made, for a terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from resources.lake import Lake, Manifest

ORDER = (
    "raw_code", "clean_code", "near_duplicate_clusters", "deduplicated_code", "base_model", "raw_documents", "document_sections",
    "cleaned_chunks", "qa_pairs",
    "bronze_prs", "silver_review_comments", "review_tasks", "raw_conversations", "tool_conversations", "chat_examples", "benchmarks",
    "chatml_splits",
    "baseline_eval", "lora_adapter", "eval_report",
)  # fmt: skip

NEXT = """
Where to look next
  make dev                     the graph, the checks and every run, at http://127.0.0.1:3000
  make sql q="from funnel"                                                     what came in, what was kept, what each rule dropped
  make sql q="select question, answer, path from qa_pairs limit 5"             questions, and answers that stand in the code
  make sql q="select path, line, side, diff_hunk, body from silver_review_comments limit 3"     comments, each on its line
  make sql q="select reference, base_answer, tuned_answer from eval_report"    both models, side by side
"""


def build(home: Path, seconds: Mapping[str, float]) -> str:
    """Return the table of all published datasets, the scores of both models, and where to look next."""
    lake = Lake.at(home)
    made = [lake.snapshot(asset).manifest for asset in ORDER if lake.current(asset)]
    head = f"\n{'asset':<24}{'snapshot':<18}{'rows':>9}{'MB':>9}{'seconds':>9}  checks passed"
    lines = [_line(manifest, seconds.get(manifest.asset)) for manifest in made]
    spent = sum(value for step, value in seconds.items() if step not in ORDER)
    rest = [f"{'warehouse':<24}{'':<18}{'':>9}{_warehouse_mb(home):>9.1f}{spent:>9.1f}"] if spent else []
    scores = [line for manifest in made if manifest.asset == "eval_report" for line in _scores(manifest.summary)]
    return "\n".join([head, *lines, *rest, *scores, NEXT])


def innermost(error: Any) -> str:
    """Return the message of the error that Dagster wrapped."""
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message).strip() if error is not None else "no message"


def _line(manifest: Manifest, seconds: float | None) -> str:
    passed = sum(verdict.passed for verdict in manifest.verdicts)
    warned = [verdict.check for verdict in manifest.verdicts if not verdict.passed]
    checks = f"{passed} of {len(manifest.verdicts)}" + (f", not {', '.join(warned)}" if warned else "")
    rows = f"{manifest.rows:,}" if manifest.columns else "-"
    time = f"{seconds:.1f}" if seconds is not None else "-"
    return f"{manifest.asset:<24}{manifest.id:<18}{rows:>9}{manifest.n_bytes / 1e6:>9.1f}{time:>9}  {checks}"


def _scores(summary: Mapping[str, Any]) -> list[str]:
    score = summary["combined"]
    interval = f"95 % interval {score['low']:+.3f} to {score['high']:+.3f}"
    models = f"base {score['base']:.3f}, tuned {score['tuned']:.3f}, difference {score['difference']:+.3f} ({interval})"
    return [f"\ncombined score on {score['n']} test questions: {models}", *_locations(summary)]


def _locations(summary: Mapping[str, Any]) -> list[str]:
    found = summary.get("locations")
    if not found:
        return []
    near = {model: found[model]["within_3_lines"] for model in ("base", "tuned")}
    each = (f"{model} precision {score['precision']:.2f}, recall {score['recall']:.2f}" for model, score in near.items())
    return [f"commented lines found (within 3 lines, {found['base']['n']} hunks): {'; '.join(each)}"]


def _warehouse_mb(home: Path) -> float:
    path = home / "warehouse.duckdb"
    return path.stat().st_size / 1e6 if path.exists() else 0.0
