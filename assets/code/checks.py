"""What must hold in the code line, besides the contracts."""

import polars as pl

from assets import gates, passport
from assets.code import opt_outs
from assets.code.licenses import policy
from assets.contracts import Audit, Contract, Finding, failing
from assets.redaction import parsing, residual
from resources.engine import Stage

RESIDUAL = Stage(residual.residual, version="2")
BROKEN = Stage(parsing.broken, version="1")
OPTED_OUT = Stage(opt_outs.opted_out, version="1")


def every_file_is_accounted_for(audit: Audit) -> Finding:
    """Each file above is either kept or has a ledger row that says why not."""
    parent = audit.parent(next(asset for asset in audit.draft.parents if asset != "near_duplicate_clusters"))
    kept = audit.snapshot.scan().select(id=pl.col("parent_ids").list.first())
    dropped = audit.snapshot.ledger().filter(pl.col("action") == "dropped").select(id="row_id")
    lost = parent.scan().select("id").join(pl.concat([kept, dropped]), on="id", how="anti").collect()
    return failing(lost["id"].to_list(), "files that vanished without a ledger row")


def nothing_opted_out(audit: Audit) -> Finding:
    """No repository, owner, author, path or content that opt_outs.yaml lists is here, and no file that raw_code now leaves out for it."""
    listed = opt_outs.load(audit.settings.sources.code.opt_outs)
    found = [] if listed.is_empty else gates.kept_by(audit, OPTED_OUT.bind(listed))["id"].to_list()
    return failing([*found, *_left_out_above(audit)] if listed.authors else found, "rows that are opted out")


def _left_out_above(audit: Audit) -> list[str]:
    """Return the ids of rows of git files that the published raw_code has dropped as opted out: only a history tells who wrote them."""
    if audit.draft.asset == "raw_code" or audit.lake.current("raw_code") is None:
        return []
    above = audit.lake.snapshot("raw_code")
    dropped = above.ledger().filter(rule=opt_outs.RULE).select("row_id").collect()
    if dropped.is_empty():
        return []
    absent = dropped.join(above.scan().select(row_id="id").collect(), on="row_id", how="anti")["row_id"]  # of a commit another may stay
    rows = audit.snapshot.scan().select("id", "repository", "path").collect()
    files = passport.row_ids("raw_code", pl.repeat("git", rows.height, eager=True), rows["repository"], rows["path"])
    return rows.filter(files.is_in(absent.implode()))["id"].to_list()


def licences_are_allowed(audit: Audit) -> Finding:
    """Every file has a licence that the policy of the profile allows."""
    rows = audit.snapshot.scan().select("id", "license", "license_confidence", "license_conflict").collect()
    return failing(policy.violations(rows, audit.settings.code.licenses).to_list(), "files of a licence that is not allowed")


def no_secrets(audit: Audit) -> Finding:
    """Another engine than the one that redacts finds no key, token, password or private key."""
    return gates.left_by_redaction(audit, RESIDUAL.bind(audit.settings.code.redaction), "secrets")


def no_personal_data(audit: Audit) -> Finding:
    """Another engine than the one that redacts finds no e-mail or IP address, card, account or social security number, nor user name."""
    return gates.left_by_redaction(audit, RESIDUAL.bind(audit.settings.code.redaction), "personal_data")


def still_parses(audit: Audit) -> Finding:
    """A file that parsed before it was redacted parses as it is now."""
    return failing(gates.kept_by(audit, BROKEN)["id"].to_list(), "files that redaction broke")


def survivors_are_unique(audit: Audit) -> Finding:
    """No two files have the same bytes, or belong to one cluster of copies."""
    survivors = audit.snapshot.scan().select("id", "sha256", "cluster_id")
    twice = pl.col("sha256").is_duplicated() | pl.col("cluster_id").is_duplicated()
    return failing(survivors.filter(twice).collect()["id"].to_list(), "files that still have a copy")


def every_cluster_has_one_survivor(audit: Audit) -> Finding:
    """In each cluster one file is kept, the one that all its members name; what is a copy of a reference is not kept."""
    rows = audit.snapshot.scan().select("id", "cluster_id", "survivor_id", "kind", "keep", file=pl.col("parent_ids").list.first())
    own = rows.filter(pl.col("kind").ne_missing("reference")).collect()
    wrong = own.filter((pl.col("keep").sum() != 1).over("cluster_id") | (pl.col("keep") != (pl.col("file") == pl.col("survivor_id"))))
    return failing(wrong["id"].to_list(), "files of clusters with no survivor, or with several")


def every_file_is_decided_about(audit: Audit) -> Finding:
    """Each file above has exactly one row."""
    files = audit.parent("clean_code").scan().select("id")
    decided = audit.snapshot.scan().select(id=pl.col("parent_ids").list.first())
    return failing(files.join(decided, on="id", how="anti").collect()["id"].to_list(), "files without a decision")


RAW_CODE = Contract("raw_code", "assets.code.schema:RawCode", (*gates.SOURCE, nothing_opted_out))
CLEAN_CODE = Contract(
    "clean_code",
    "assets.code.schema:CleanCode",
    (
        *gates.TABLE, every_file_is_accounted_for, nothing_opted_out, licences_are_allowed, no_secrets, no_personal_data, still_parses,
    ),
)  # fmt: skip
NEAR_DUPLICATE_CLUSTERS = Contract(
    "near_duplicate_clusters",
    "assets.code.schema:NearDuplicateClusters",
    (*gates.TABLE, every_file_is_decided_about, every_cluster_has_one_survivor),
)
DEDUPLICATED_CODE = Contract(
    "deduplicated_code",
    "assets.code.schema:DeduplicatedCode",
    (*gates.TABLE, survivors_are_unique, every_file_is_accounted_for, nothing_opted_out, licences_are_allowed),
)
