"""Opt-outs in pull requests: repositories and owners when they are listed, people and paths out of what was fetched.

What a person wrote is left out with its row: the pull request that they opened, or the review and the comments. A path takes the comments
on it, and its part of every diff.
"""

import re
from collections.abc import Sequence
from typing import Any

import polars as pl

from assets import ledger, passport
from assets.code import opt_outs
from assets.code.opt_outs import OptOuts
from assets.pull_requests.diffs import patches
from assets.pull_requests.sources import listing
from assets.pull_requests.sources.github_settings import GithubSettings

_FILE = re.compile(r"^(?=diff --git )", re.MULTILINE)  # a line of a hunk begins with its sign: this is never one


def drop_listed(entries: pl.DataFrame, opted_out: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Drop the pull requests of opted-out repositories and owners from a listing: (listing, ledger)."""
    why = opt_outs.reasons(entries.select("repository"), opted_out)
    dropped = entries.with_columns(listing.row_ids(entries), why).filter(why.is_not_null())
    detail = pl.format("{}#{}: {}", "repository", "pull_number", "reason")
    return entries.filter(why.is_null()), ledger.entries(dropped, opt_outs.RULE, detail=detail)


def drop_repositories(wanted: GithubSettings, opted_out: OptOuts) -> tuple[GithubSettings, pl.DataFrame]:
    """Leave opted-out repositories out of what is asked for: (settings, ledger). Nobody's host is asked about them."""
    names = pl.DataFrame({"repository": list(wanted.repositories)}, schema={"repository": pl.String})
    why = opt_outs.reasons(names, opted_out)
    ids = passport.row_ids("bronze_prs", [wanted.host] * names.height, names["repository"], [""] * names.height)
    dropped = names.with_columns(ids, why).filter(why.is_not_null())
    kept = tuple(names.filter(why.is_null())["repository"])
    entries = ledger.entries(dropped, opt_outs.RULE, detail=pl.format("{}: {}", "repository", "reason"))
    return wanted.model_copy(update={"repositories": kept}), entries


def drop_opted_out(bronze: pl.DataFrame, settings: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Leave out of rows of bronze_prs what people and paths opt out: (rows, ledger).

    A pull request that an opted-out person opened is dropped; reviews and comments by one, and comments on opted-out paths, go from
    their lists, and the parts of the diffs about such paths, with a ledger row for the pull request (altered, score: how many went).
    """
    if settings.is_empty or bronze.is_empty():
        return bronze, ledger.empty()
    whole = opt_outs.is_person(bronze["author"], settings)
    detail = pl.format("{}#{}", "repository", "pull_number")
    dropped = ledger.entries(bronze.filter(whole), opt_outs.RULE, detail=pl.format("{}: author", detail))
    rows = [_cut(row, settings) for row in bronze.filter(~whole).iter_rows(named=True)]
    kept = pl.DataFrame([row for row, _ in rows], schema=bronze.schema)
    gone = kept.with_columns(gone=pl.Series([count for _, count in rows], dtype=pl.Float64)).filter(pl.col("gone") > 0)
    return kept, pl.concat([dropped, ledger.entries(gone, opt_outs.RULE, action="altered", score=pl.col("gone"), detail=detail)])


def violations(bronze: pl.DataFrame, settings: OptOuts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of the rows of bronze_prs that hold what is opted out, an empty ledger)."""
    listed = opt_outs.reasons(bronze.select("repository"), settings).is_not_null() | opt_outs.is_person(bronze["author"], settings)
    left = [bool(_cut(row, settings)[1]) for row in bronze.iter_rows(named=True)]
    return bronze.filter(listed | pl.Series(left, dtype=pl.Boolean)).select("id"), ledger.empty()


def _cut(row: dict[str, Any], settings: OptOuts) -> tuple[dict[str, Any], int]:
    """Return the row without what is opted out, and how many reviews, comments and files of diffs that was."""
    reviews, comments = row["reviews"] or [], row["review_comments"] or []
    kept: dict[str, Any] = {
        "reviews": _others(reviews, settings),
        "review_comments": _elsewhere(_others(comments, settings), row["repository"], settings),
    }
    gone = len(reviews) + len(comments) - sum(len(items) for items in kept.values())
    kept["diff"], files = _without_files(row["diff"], row["repository"], settings)
    kept["reviewed"] = []
    for reviewed in row["reviewed"] or []:
        cut = {name: _without_files(reviewed[name], row["repository"], settings) for name in ("diff", "follow_up")}
        kept["reviewed"].append(reviewed | {name: text for name, (text, _) in cut.items()})
        files += sum(count for _, count in cut.values())
    return row | kept, gone + files


def _others(items: list[dict[str, Any]], settings: OptOuts) -> list[dict[str, Any]]:
    """Return what nobody wrote who opted out."""
    left_out = opt_outs.is_person(pl.Series([item["author"] for item in items], dtype=pl.String), settings)
    return [item for item, out in zip(items, left_out, strict=True) if not out]


def _elsewhere(comments: list[dict[str, Any]], repository: str, settings: OptOuts) -> list[dict[str, Any]]:
    left_out = _are_opted_out([comment["path"] for comment in comments], repository, settings)
    return [comment for comment, out in zip(comments, left_out, strict=True) if not out]


def _without_files(diff: str | None, repository: str, settings: OptOuts) -> tuple[str | None, int]:
    """Return the diff without the files on opted-out paths, before or after the change, and how many there were."""
    if not diff or not settings.paths:
        return diff, 0
    parts = _FILE.split(diff)
    named = [[path for patch in patches.parse(part).values() for path in (patch.old_path, patch.new_path)] for part in parts]
    flags = [any(_are_opted_out(paths, repository, settings)) for paths in named]
    return "".join(part for part, out in zip(parts, flags, strict=True) if not out), sum(flags)


def _are_opted_out(paths: Sequence[str | None], repository: str, settings: OptOuts) -> list[bool]:
    frame = pl.DataFrame({"repository": [repository] * len(paths), "path": paths}, schema={"repository": pl.String, "path": pl.String})
    return opt_outs.reasons(frame, OptOuts(paths=settings.paths)).is_not_null().to_list()
