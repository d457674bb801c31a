import hashlib
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from assets import ledger
from assets.code.deduplication import DeduplicationSettings, as_datasets, fingerprint, group, keep_survivors
from assets.code.references import Reference, reference_files

SETTINGS = DeduplicationSettings()
WORDS = [f"w{index}" for index in range(100)]


def near(count: int) -> str:
    """The words with the first `count` of them changed: 96 - count of 96 + count shingles are those of near(0)."""
    return " ".join([*(f"x{index}" for index in range(count)), *WORDS[count:]])


def files(**contents: str) -> pl.DataFrame:
    rows = [
        {"id": name, "content": text, "sha256": hashlib.sha256(text.encode()).hexdigest(), "n_bytes": len(text), "path": name}
        for name, text in contents.items()
    ]
    schema = {"id": pl.String, "content": pl.String, "sha256": pl.String, "n_bytes": pl.Int64, "path": pl.String}
    return pl.DataFrame(rows, schema=schema).with_columns(language=pl.lit("Python"), license=pl.lit(None, pl.String))


def decide(own: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    marks, reference = fingerprint(own, SETTINGS.fingerprint)[0], fingerprint(others, SETTINGS.fingerprint)[0]
    texts = pl.concat([frame.select("id", "content") for frame in (own, others)])
    decisions, pairs = group(marks, lambda ids: [texts.filter(pl.col("id").is_in(ids))], SETTINGS, reference=reference)
    again = group(marks[::-1], lambda ids: [], SETTINGS, pairs, reference[::-1])
    assert again.decisions.equals(decisions)
    assert again.pairs.equals(pairs)
    return decisions


def test_near_duplicates_of_a_reference_are_dropped() -> None:
    own = files(equal=near(0), spaced=near(0).replace(" ", "\n"), close=near(3), far=near(40), other="y " * 60)
    decisions = decide(own, files(reference=near(0), unrelated="z " * 60))
    dropped = decisions.filter(~pl.col("keep"))
    assert dropped.select("id", "survivor_id", "kind").sort("id").rows() == [
        ("close", "reference", "reference"),
        ("equal", "reference", "reference"),
        ("spaced", "reference", "reference"),
    ]
    assert dropped.filter(id="close")["jaccard"].item() == 93 / 99
    kept, removed = keep_survivors(own, SETTINGS, *as_datasets(decisions, [own["id"]]))
    assert kept["id"].len() == 2
    assert set(removed["rule"]) == {"reference_duplicate"}
    assert set(removed["detail"]) == {"duplicate of reference"}
    assert set(removed["threshold"]) == {0.7}


def test_a_reference_joins_no_clusters() -> None:
    left, right = near(14), " ".join([*WORDS[:86], *(f"z{index}" for index in range(14))])
    own = files(left=left, right=right)
    decisions = decide(own, files())
    assert decisions["keep"].all()
    middle = files(middle=near(0))
    assert decide(files(left=left, right=right, middle=near(0)), files())["cluster_id"].n_unique() == 1
    both = decide(own, middle)
    assert both["kind"].to_list() == ["reference", "reference"]
    assert both["cluster_id"].n_unique() == 2


def test_the_rest_of_a_cluster_stays() -> None:
    own = files(near_it=near(12), beyond=near(24))
    assert decide(own, files())["cluster_id"].n_unique() == 1
    decisions = decide(own, files(reference=near(0)))
    assert decisions.select("id", "keep", "cluster_size").rows() == [("beyond", True, 1), ("near_it", False, 1)]


def test_the_nearest_reference_is_named() -> None:
    decisions = decide(files(mine=near(4)), files(a=near(12), b=near(0), c=near(30)))
    assert decisions["survivor_id"].to_list() == ["b"]


def test_small_files_match_by_their_bytes() -> None:
    decisions = decide(files(a="import b\n", c="import  b\n"), files(reference="import b\n"))
    assert decisions.select("id", "kind").rows() == [("a", "reference"), ("c", None)]


def test_rows_of_parquet(tmp_path: Path) -> None:
    settings = Reference(name="published", parquet=str(tmp_path / "*.parquet"), content_column="text")
    texts = pl.DataFrame({"text": ["a", None, "b", "a"], "id": [1, 2, 3, 4]})
    rows, nothing = reference_files(texts, settings)
    assert rows["content"].to_list() == ["a", "b"]
    assert rows["id"].n_unique() == 2
    assert rows["id"].str.len_chars().unique().to_list() == [32]
    assert nothing.equals(ledger.empty())
    assert reference_files(texts[::-1], settings)[0].sort("id").equals(rows.sort("id"))
    assert fingerprint(rows, SETTINGS.fingerprint)[0]["id"].equals(rows["id"])


def test_rows_of_a_dataset() -> None:
    own = files(a="x", b="y")
    rows, _ = reference_files(own, Reference(name="last", dataset="deduplicated_code"))
    assert rows.select("id", "sha256", "content").equals(own.select("id", "sha256", "content"))


def test_a_reference_is_in_one_place() -> None:
    for fields in ({}, {"dataset": "deduplicated_code", "parquet": "a.parquet"}):
        with pytest.raises(ValidationError, match="give either dataset or parquet"):
            Reference.model_validate({"name": "it", **fields})
