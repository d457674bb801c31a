"""Redaction of review comments: secrets and personal data out of bodies and hunks, so that a hunk stays a hunk."""

import re
from collections.abc import Sequence

import polars as pl

from assets import ledger
from assets.redaction import redaction, residual
from assets.redaction.redaction import REDACTIONS, RedactionSettings

# What begins a line of a hunk and is no text of the file: the header's numbers, the kind of the line.
_PREFIX = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@|[ +\\-]?")


def parts(hunk: str) -> tuple[list[str], str]:
    """Return (what begins each line of `hunk` and is not of the file, the rest of the lines, in which a key over lines is whole)."""
    lines = hunk.split("\n")
    prefixes = [_PREFIX.match(line)[0] for line in lines]  # type: ignore[index]  # the pattern matches the empty string
    return prefixes, "\n".join(line[len(prefix) :] for line, prefix in zip(lines, prefixes, strict=True))


def joined(prefixes: Sequence[str], rest: str | None) -> str | None:
    """Return the hunk of these parts, None if they do not have the same number of lines."""
    lines = [] if rest is None else rest.split("\n")
    return None if len(lines) != len(prefixes) else "\n".join(map(str.__add__, prefixes, lines))


def redact_comments(comments: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (comments with redacted body and diff_hunk and the column redactions, ledger), both in the order given.

    A value has the same replacement everywhere in a repository. Bodies are taken as text, hunks in their language, without what begins
    their lines: every line stays a line of its kind. For each class that a column holds there is a ledger row (action altered, rule = the
    class, score = how many; the detail says where in the column, of a hunk in that text). A comment whose hunk cannot be redacted so is
    dropped by the rule unredactable.
    """
    hunks = [parts(hunk) for hunk in comments["diff_hunk"]]
    rest = pl.Series([text for _, text in hunks], dtype=pl.String)
    found = {
        "body": redaction.redact(comments["body"], comments["repository"], None, settings),
        "diff_hunk": redaction.redact(rest, comments["repository"], comments["language"], settings),
    }
    rebuilt = [joined(prefixes, text) for (prefixes, _), text in zip(hunks, found["diff_hunk"].texts, strict=True)]
    hidden = comments.with_row_index("row").with_columns(
        pl.col("row").cast(pl.Int64), found["body"].texts.alias("body"), pl.Series("diff_hunk", rebuilt, dtype=pl.String)
    )
    each = pl.concat([result.findings.with_columns(column=pl.lit(name)) for name, result in found.items()])
    whole = pl.col("diff_hunk").is_not_null() & pl.col("body").is_not_null()
    kept = hidden.filter(whole).join(redaction.counts(each), on="row", how="left", maintain_order="left")
    kept = kept.with_columns(pl.col("redactions").fill_null(pl.lit([], dtype=REDACTIONS)))
    broken = ledger.entries(hidden.filter(~whole), "unredactable", detail=_WHERE)
    return kept.drop("row"), pl.concat([broken, redaction.altered(kept.select("row", "id", where=_WHERE), each, settings.max_detail_chars)])


_WHERE = pl.format("{}#{} {} comment {}", "repository", "pull_number", "path", "comment_id")


def left_in_comments(comments: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id and class of what another engine still finds in rows of silver_review_comments, an empty ledger).

    Looked into are body, suggestion and diff_hunk, the last without what begins its lines.
    """
    rest = pl.Series([parts(hunk)[1] for hunk in comments["diff_hunk"]], dtype=pl.String)
    each = [
        comments.select("id", content="body", language=pl.lit(None, pl.String)),
        comments.select("id", content=pl.col("suggestion").fill_null(""), language=pl.lit(None, pl.String)),
        comments.select("id", content=rest, language="language"),
    ]
    found, none = residual.residual(pl.concat(each), settings)
    return found.unique(maintain_order=True), none
