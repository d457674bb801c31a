"""Pictures are small, and drawn from counts."""

import polars as pl

from assets.warehouse import pictures


def test_pictures_are_small_inline_images() -> None:
    funnel = pl.DataFrame({"step": [2, 1], "asset": ["clean_code", "raw_code"], "rows_out": [10, 12]})
    tokens = pl.DataFrame(
        {
            "asset": ["cleaned_chunks"] * 60,
            "split": [None] * 60,
            "from_tokens": range(0, 3840, 64),
            "to_tokens": range(63, 3903, 64),
            "rows": [7] * 60,
        },
        schema_overrides={"split": pl.String},
    )
    scores = pl.DataFrame({"metric": ["combined"], "slice_by": ["all"], "base_mean": [0.2], "tuned_mean": [0.4]})
    for drawn in (pictures.funnel(funnel), pictures.token_histogram(tokens), pictures.eval_scores(scores)):
        assert drawn.startswith("![")
        assert "data:image/png;base64," in drawn
        assert len(drawn) < 40_000


def test_examples_go_before_chunks() -> None:
    columns = {"asset": ["cleaned_chunks", "chatml_splits"], "split": [None, "train"], "from_tokens": [0, 64], "to_tokens": [63, 127]}
    assert "Examples by tokens" in pictures.token_histogram(pl.DataFrame(columns | {"rows": [5, 5]}))
    assert "Chunks by tokens" in pictures.token_histogram(pl.DataFrame(columns | {"rows": [5, 5]}).head(1))
