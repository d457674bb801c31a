"""Which licences may stay: a policy of the profile, applied to files and checked on datasets."""

from collections.abc import Mapping
from typing import Annotated, Literal

import polars as pl
from pydantic import AfterValidator, BaseModel, Field

from assets import ledger
from assets.code.licenses.expressions import PERMISSIVE, allows, normalise

SETS = {"permissive": PERMISSIVE}


def _is_known(name: str) -> str:
    """Return `name` in SPDX's spelling. Raises ValueError when it is neither a set nor one licence that SPDX lists."""
    known = name if name in SETS else normalise(name)
    if known is None or " " in known:
        raise ValueError(f"{name!r} is neither an SPDX licence id nor one of {', '.join(sorted(SETS))}")
    return known


class LicensePolicy(BaseModel, frozen=True, extra="forbid"):
    """Which licences a file may have. An expression counts as what it lets one choose: one side of an OR, both sides of an AND.

    Permissive by default, as in The Stack (Kocetkov et al. 2022, https://arxiv.org/abs/2211.15533, section 3.2), by the ratings of
    the Blue Oak Council. Unknown licences are dropped too: The Stack v2 keeps unlicensed files of public repositories, which gives
    no right to use them. So is a conflict: a header alone does not free a file of the repository's licence, nor the other way
    round. LICENSE files, metadata and headers together leave few files unknown.
    """

    allow: tuple[Annotated[str, AfterValidator(_is_known)], ...] = Field(("permissive",), description="SPDX ids, or the word permissive")
    deny: tuple[Annotated[str, AfterValidator(_is_known)], ...] = Field((), description="SPDX ids; goes before allow")
    unknown: Literal["keep", "drop"] = Field("drop", description="files whose licence nothing tells")
    conflict: Literal["keep", "drop"] = Field("drop", description="files whose header, licence file and repository disagree")
    min_confidence: float = Field(0.0, ge=0, le=1, description="a licence found less surely than this is unknown")


def apply_policy(files: pl.DataFrame, policy: LicensePolicy) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the rows of `files` that the policy allows, ledger), in the order given.

    Reads the columns id, parent_ids, repository, path, license, license_confidence and license_conflict. The rules are
    license_denied, license_unknown and license_conflict; the detail is the place and the expression. The ledger names the parent
    of a row that has one, because the chain that this is a stage of started from there.
    """
    rules = _rules(files, policy)
    if not any(rules):
        return files, ledger.empty()
    judged = files.with_columns(pl.Series("rule", rules, dtype=pl.String))
    dropped = judged.filter(pl.col("rule").is_not_null())
    detail = pl.format("{}:{} {}", "repository", "path", pl.col("license").fill_null("unknown"))
    told = ledger.entries(
        dropped.with_columns(id=pl.coalesce(pl.col("parent_ids").list.first(), "id")),
        pl.col("rule"),
        score=pl.col("license_confidence"),
        threshold=pl.when(pl.col("rule") == "license_unknown").then(policy.min_confidence),
        detail=detail,
    )
    return judged.filter(pl.col("rule").is_null()).drop("rule"), told


def violations(files: pl.DataFrame, policy: LicensePolicy) -> pl.Series:
    """Return the ids of the rows of `files` (columns as for `apply_policy`) that the policy does not allow."""
    return files["id"].filter(pl.Series([rule is not None for rule in _rules(files, policy)], dtype=pl.Boolean))


def _rules(files: pl.DataFrame, policy: LicensePolicy) -> list[str | None]:
    """Return for each row the first rule that it breaks, None when none."""
    licenses = _members(policy.allow) - _members(policy.deny)
    columns = [files[name].to_list() for name in ("license", "license_confidence", "license_conflict")]
    allowed = {expression: allows(expression, licenses) for expression in set(columns[0])}
    rows = zip(*columns, strict=True)
    return [_rule(expression, confidence, conflict, allowed, policy) for expression, confidence, conflict in rows]


def _rule(
    expression: str | None, confidence: float | None, conflict: bool | None, allowed: Mapping[str | None, bool], policy: LicensePolicy
) -> str | None:
    if expression is None or (confidence is not None and confidence < policy.min_confidence):
        return "license_unknown" if policy.unknown == "drop" else None
    if not allowed[expression]:
        return "license_denied"
    return "license_conflict" if conflict and policy.conflict == "drop" else None


def _members(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(SETS.get(name, {name}) for name in names))
