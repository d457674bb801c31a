"""The gates that every table has: unique ids, parents that exist, a row count that fits what was there before."""

from collections.abc import Sequence

import polars as pl

from assets.contracts import Audit, Finding, failing
from assets.redaction import rulebook
from resources.engine import Stage
from resources.lake import Shard


def ids_are_unique(audit: Audit) -> Finding:
    """No two rows of the dataset share an id."""
    twice = audit.snapshot.scan().select("id").group_by("id").len().filter(pl.col("len") > 1).collect()
    return failing(twice["id"].to_list(), "ids that occur more than once")


def parents_exist(audit: Audit) -> Finding:
    """Every parent id is a row of the snapshots that the dataset was made from."""
    rows = audit.snapshot.scan().select("id", parent=pl.col("parent_ids")).explode("parent").drop_nulls("parent")
    tables = [parent for asset in audit.draft.parents if (parent := audit.parent(asset)).manifest.columns]
    known = pl.concat([table.scan().select(parent="id") for table in tables]).unique()
    return failing(rows.join(known, on="parent", how="anti").collect()["id"].to_list(), "rows with a parent that is not there")


def row_count_is_plausible(audit: Audit) -> Finding:
    """The dataset is not empty and did not lose more of its rows at once than the settings allow."""
    if audit.snapshot.manifest.rows == 0:
        return Finding(False, {"rows": 0, "what": "no rows: the ledgers of the assets above say what dropped them"})
    return row_loss_is_plausible(audit)


def row_loss_is_plausible(audit: Audit) -> Finding:
    """The dataset, which may be empty, did not lose more of its rows at once than the settings allow."""
    rows, limit = audit.snapshot.manifest.rows, audit.settings.checks.max_row_loss_share
    before = audit.lake.snapshot(audit.draft.asset, audit.draft.base).manifest.rows if audit.draft.base else 0
    loss = 1 - rows / before if before else 0.0
    facts = {"rows": rows, "rows_before": before, "loss_share": round(loss, 4), "max_row_loss_share": limit}
    if loss > limit:
        remedy = "if this is meant, raise checks.max_row_loss_share in the profile for one run"
        return Finding(False, facts | {"what": f"too many rows vanished since the last snapshot; {remedy}"})
    return Finding(True, facts)


def kept_by(audit: Audit, stage: Stage, inputs: Sequence[Shard | Sequence[Shard]] | None = None) -> pl.DataFrame:
    """Run a stage that keeps what breaks a claim on every shard (or on `inputs`); the engine remembers what it found."""
    results = audit.platform.engine.map(audit.draft, [stage], inputs or audit.snapshot.shards, audit.log)
    return pl.concat(audit.platform.engine.read(results))


def left_by_redaction(audit: Audit, scan: Stage, group: str) -> Finding:
    """Tell which rows still hold something of `group` (secrets or personal_data), by a stage that returns id and class of what it finds.

    The scan is remembered: checks of both groups cost one.
    """
    found = kept_by(audit, scan)
    names = [name for name, of_group in rulebook.groups().items() if of_group == group]
    left = found.filter(pl.col("class").is_in(names))
    counts = {f"left_{name}": count for name, count in left.group_by("class").len().sort("class").rows()}
    return failing(left["id"].unique().sort().to_list(), "rows in which it is left", **counts)


TABLE = (ids_are_unique, parents_exist, row_count_is_plausible)
SOURCE = (ids_are_unique, row_count_is_plausible)
# Of a line that a profile need not have: without sources its datasets are empty, and what merges the lines goes on without it.
OPTIONAL_TABLE = (ids_are_unique, parents_exist, row_loss_is_plausible)
OPTIONAL_SOURCE = (ids_are_unique, row_loss_is_plausible)
