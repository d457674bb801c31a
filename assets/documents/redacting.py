"""Sections without secrets and personal data."""

import polars as pl

from assets import ledger
from assets.corpus import tokens
from assets.redaction import redaction, residual
from assets.redaction.redaction import RedactionSettings


def redact_sections(sections: pl.DataFrame, settings: RedactionSettings, tokenizer: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of document_sections with redacted text, whose tokens are counted anew; ledger).

    A value has the same replacement everywhere in a document. For each class that a section holds there is a ledger row (action altered,
    rule = the class, score = how many; the detail says where in the text). A section that cannot be redacted is dropped: unredactable.
    """
    found = redaction.redact(sections["text"], sections["document"], None, settings)
    numbered = sections.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64), found.texts.alias("text"))
    whole = pl.col("text").is_not_null()
    broken = ledger.entries(numbered.filter(~whole), "unredactable", detail=_WHERE)
    kept = numbered.filter(whole)
    changed = kept["row"].is_in(found.findings["row"].implode())
    counted = dict(
        zip(kept.filter(changed)["row"], tokens.count(kept.filter(changed)["text"].to_list(), tokens.load(tokenizer)), strict=True)
    )
    recounted = [counted.get(row, n_tokens) for row, n_tokens in kept.select("row", "n_tokens").iter_rows()]
    altered = redaction.altered(kept.select("row", "id", where=_WHERE), found.findings, settings.max_detail_chars)
    return kept.with_columns(pl.Series("n_tokens", recounted, dtype=pl.Int64)).drop("row"), pl.concat([broken, altered])


_WHERE = pl.format("{} section {} part {}", "origin", "section", "part")


def left_in_sections(sections: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id and class of what another engine still finds in the text of document_sections, an empty ledger)."""
    return residual.residual(sections.select("id", content="text", language=pl.lit(None, pl.String)), settings)
