"""The gates that every table has: unique ids, parents that exist, a row count that fits what was there before."""

import polars as pl

from assets.contracts import Audit, Finding, failing


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
    rows, limit = audit.snapshot.manifest.rows, audit.settings.checks.max_row_loss_share
    before = audit.lake.snapshot(audit.draft.asset, audit.draft.base).manifest.rows if audit.draft.base else 0
    loss = 1 - rows / before if before else 0.0
    facts = {"rows": rows, "rows_before": before, "loss_share": round(loss, 4), "max_row_loss_share": limit}
    if rows == 0:
        return Finding(False, facts | {"what": "no rows: the ledgers of the assets above say what dropped them"})
    if loss > limit:
        remedy = "if this is meant, raise checks.max_row_loss_share in the profile for one run"
        return Finding(False, facts | {"what": f"too many rows vanished since the last snapshot; {remedy}"})
    return Finding(True, facts)


TABLE = (ids_are_unique, parents_exist, row_count_is_plausible)
SOURCE = (ids_are_unique, row_count_is_plausible)
