"""What must hold for every review task, looked at again from nothing but its row. A claim returns the rows for which it fails."""

from typing import Any

import polars as pl

from assets import ledger
from assets.model import locations
from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.patches import Hunk
from assets.pull_requests.silver import redacting
from assets.redaction import residual
from assets.redaction.redaction import RedactionSettings

_PLACE = ("side", "start_line", "end_line", "target_start_line", "target_end_line")


def not_answerable(tasks: pl.DataFrame, settings: None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of each review task whose answer is about lines that its hunk does not show, an empty ledger).

    Such as commented lines, lines to rewrite, lines of the answer; or whose hunk is not what its header says.
    """
    failing = [row["id"] for row in tasks.select("id", "task", "hunk", "target", *_PLACE).iter_rows(named=True) if not _is_answerable(row)]
    return pl.DataFrame({"id": failing}, schema={"id": pl.String}), ledger.empty()


def _is_answerable(row: dict[str, Any]) -> bool:
    hunk = patches.parse_hunk(row["hunk"])
    counts = [sum(line.number(side) is not None for line in hunk.lines) for side in ("LEFT", "RIGHT")] if hunk else []  # type: ignore[arg-type]
    if hunk is None or counts != [hunk.old_count, hunk.new_count]:
        return False
    if row["task"] == "needs_comment":
        answer = locations.parse(row["target"])
        written = locations.write(answer.locations) == row["target"]
        return written and all(_shows(hunk, "LEFT" if at.is_removed else "RIGHT", at.start, at.line) for at in answer.locations)
    rewritten = row["task"] == "comment" or _shows(hunk, "RIGHT", row["target_start_line"], row["target_end_line"])
    return rewritten and _shows(hunk, row["side"], row["end_line"], row["end_line"])


def _shows(hunk: Hunk, side: Any, start: int, end: int) -> bool:
    return start <= end and hunk.line(side, start) is not None and hunk.line(side, end) is not None


def left_in_tasks(tasks: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id and class of what another engine still finds in hunk, comment and target of review tasks, an empty ledger)."""
    rest = pl.Series([redacting.parts(hunk)[1] for hunk in tasks["hunk"]], dtype=pl.String)
    each = [
        tasks.select("id", content=pl.col("comment").fill_null(""), language=pl.lit(None, pl.String)),
        tasks.select("id", content="target", language=pl.when(pl.col("task") == "refine").then("language")),
        tasks.select("id", content=rest, language="language"),
    ]
    found, none = residual.residual(pl.concat(each), settings)
    return found.unique(maintain_order=True), none
