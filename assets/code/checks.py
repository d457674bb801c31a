"""What must hold in the code line, besides the contracts."""

import polars as pl

from assets import gates
from assets.contracts import Audit, Contract, Finding, failing


def survivors_are_unique(audit: Audit) -> Finding:
    """No two files have the same bytes, or the same code apart from comments and layout."""
    survivors = audit.snapshot.scan().select("id", "sha256", "cluster_id")
    twice = pl.col("sha256").is_duplicated() | pl.col("cluster_id").is_duplicated()
    return failing(survivors.filter(twice).collect()["id"].to_list(), "files that still have a copy")


def every_file_is_accounted_for(audit: Audit) -> Finding:
    """Each file above is either kept or has a ledger row that says why not."""
    (parent,) = (audit.parent(asset) for asset in audit.draft.parents)
    kept = audit.snapshot.scan().select(id=pl.col("parent_ids").list.first())
    dropped = audit.snapshot.ledger().filter(pl.col("action") == "dropped").select(id="row_id")
    lost = parent.scan().select("id").join(pl.concat([kept, dropped]), on="id", how="anti").collect()
    return failing(lost["id"].to_list(), "files that vanished without a ledger row")


RAW_CODE = Contract("raw_code", "assets.code.schema:RawCode", gates.SOURCE)
CLEAN_CODE = Contract("clean_code", "assets.code.schema:CleanCode", (*gates.TABLE, every_file_is_accounted_for))
DEDUPLICATED_CODE = Contract(
    "deduplicated_code", "assets.code.schema:DeduplicatedCode", (*gates.TABLE, survivors_are_unique, every_file_is_accounted_for)
)
