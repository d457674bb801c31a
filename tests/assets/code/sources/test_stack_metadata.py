import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code.sources import software_heritage, stack_metadata
from assets.code.sources.software_heritage import SoftwareHeritageSource
from assets.code.sources.stack_metadata import MetadataError, Wanted

NOON = datetime.datetime(2023, 5, 6, 12, 0, 0)
ROWS = 60
STACK = pl.DataFrame(
    {
        "blob_id": [f"{number * 0x9E3779B97F4A7C15 % 16**16:016x}{number:024x}" for number in range(ROWS)],
        "content_id": [f"{number:040x}" for number in range(ROWS)],
        "path": [f"/src/file_{number:02}.py" for number in range(ROWS)],
        "detected_licenses": [[["MIT"], ["MIT", "Apache-2.0"], [], ["GPL-3.0-only"]][number % 4] for number in range(ROWS)],
        "repo_name": [f"owner{number % 5}/name" for number in range(ROWS)],
        "revision_id": ["e" * 40] * ROWS,
        "committer_date": [NOON] * ROWS,
        "star_events_count": list(range(ROWS)),
        "gha_license_id": [["MIT", None, "NOASSERTION"][number % 3] for number in range(ROWS)],
        "src_encoding": ["ISO-8859-1"] * ROWS,
        "language": [["Python", "Java"][number % 2] for number in range(ROWS)],
        "length_bytes": [100 + number for number in range(ROWS)],
        "is_vendor": [False] * ROWS,
    }
)
FILES = ["path", "blob_id", "content_id", "language", "length_bytes", "detected_licenses", "src_encoding"]
FILTERS = {"languages": ("Python",), "min_stars": 10, "min_bytes": 120, "max_bytes": 150}


def listed(tmp_path: Path, **asked: object) -> pl.DataFrame:
    chosen = {} if "dataset" in asked else {"files": (str(tmp_path / "stack.parquet"),)}
    return software_heritage.list_contents(SoftwareHeritageSource.model_validate(chosen | asked), tmp_path / "mirrors")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    STACK.write_parquet(tmp_path / "stack.parquet")
    return tmp_path


def test_columns_of_the_stack(folder: Path) -> None:
    row = listed(folder).row(by_predicate=pl.col("path") == "src/file_01.py", named=True)
    expected = {
        "source": "software_heritage",
        "repository": "https://github.com/owner1/name",
        "revision": "e" * 40,
        "mode": "100644",
        "n_bytes": 101,
        "digest": STACK["blob_id"][1],
        "blob": STACK["blob_id"][1],
        "license": None,
        "nearest_license": "Apache-2.0 AND MIT",
        "stars": 1,
        "topics": None,
        "committed_at": NOON.replace(tzinfo=datetime.UTC),
        "swhid": f"swh:1:cnt:{1:040x}",
        "encoding_hint": "ISO-8859-1",
    }
    assert {name: row[name] for name in expected} == expected


def test_filters(folder: Path) -> None:
    wanted = STACK.filter(pl.col("star_events_count").is_between(20, 50), language="Python")
    assert sorted(listed(folder, **FILTERS)["blob"]) == sorted(wanted["blob_id"])
    assert listed(folder, licenses=("MIT",)).select("nearest_license", "license").unique().sort(pl.all()).rows() == [
        (None, "MIT"),
        ("MIT", None),
        ("MIT", "MIT"),
    ]


def test_filters_reach_the_reader_of_the_file(folder: Path) -> None:
    plan = stack_metadata.select(pl.scan_parquet(folder / "stack.parquet"), Wanted.model_validate(FILTERS)).explain()
    (selection,) = (line for line in plan.splitlines() if "SELECTION" in line)
    assert all(column in selection for column in ("language", "star_events_count", "length_bytes"))
    assert "is_vendor" not in plan


@pytest.mark.parametrize("form", ["lines.jsonl", "array.json", "lines.json", "nested.parquet"])
def test_other_forms_say_the_same(folder: Path, form: str) -> None:
    expected = listed(folder, **FILTERS)
    if form == "nested.parquet":
        others = [name for name in STACK.columns if name not in FILES]
        STACK.group_by(others, maintain_order=True).agg(files=pl.struct(FILES)).write_parquet(folder / form)
    elif form == "array.json":
        STACK.write_json(folder / form)
    else:
        STACK.write_ndjson(folder / form)
    found = listed(folder, files=(str(folder / "**" / form),), **FILTERS)
    assert found.equals(expected)
    assert found.height == 16


@pytest.mark.slow
def test_a_dataset_is_streamed_with_the_filters_in_its_reader(folder: Path) -> None:
    from datasets import load_dataset

    (folder / "dataset").mkdir()
    STACK.write_parquet(folder / "dataset" / "train.parquet")
    asked = {"dataset": str(folder / "dataset")}
    assert listed(folder, **asked, **FILTERS).equals(listed(folder, **FILTERS))
    chosen = {"path": asked["dataset"], "split": "train", "streaming": True}
    whole, filters = load_dataset(**chosen), Wanted.model_validate(FILTERS).pushed_down(STACK.columns)
    assert len(list(stack_metadata._filtered(whole, chosen, filters))) == 16
    assert len(list(whole)) == ROWS
    with pytest.raises(MetadataError, match="HF_TOKEN"):
        listed(folder, **asked, split="nothing")


def test_rows_that_lack_everything_are_kept_for_the_ledger(folder: Path) -> None:
    pl.DataFrame({"blob_id": [None, "x"], "repo_name": [None, ""], "path": [None, "a\nb"]}).write_parquet(folder / "stack.parquet")
    found = listed(folder).sort("path")
    assert found.select("repository", "path", "n_bytes").rows() == [
        ("softwareheritage.org", "a\\x0ab", 0),
        ("softwareheritage.org", "unnamed", 0),
    ]


def test_times_in_text(folder: Path) -> None:
    texts = ["2023-05-06T12:00:00Z", "2023-05-06 12:00:00.123", "2023-05-06T12:00:00+02:00", "yesterday"]
    pl.DataFrame({"blob_id": ["a" * 40] * 4, "path": list("abcd"), "revision_date": texts}).write_parquet(folder / "stack.parquet")
    noon = NOON.replace(tzinfo=datetime.UTC)
    assert listed(folder)["committed_at"].to_list() == [noon, noon, None, None]


def test_no_file_matches(folder: Path) -> None:
    with pytest.raises(MetadataError, match=r"nothing.*matches no file"):
        listed(folder, files=(str(folder / "nothing*"),))
    (folder / "bad.parquet").write_bytes(b"PAR1 but not really")
    with pytest.raises(MetadataError, match=r"bad\.parquet cannot be read"):
        listed(folder, files=(str(folder / "bad.parquet"),))


def test_the_first_rows_or_a_sample(folder: Path) -> None:
    assert listed(folder, max_rows=5)["path"].sort().to_list() == [f"src/file_{number:02}.py" for number in range(5)]
    samples = [set(listed(folder, max_rows=10, seed=seed)["path"]) for seed in (1, 1, 2)]
    assert [len(sample) for sample in samples] == [10, 10, 10]
    assert samples[0] == samples[1] != samples[2]


@settings(deadline=None, max_examples=25)
@given(order=st.permutations(range(ROWS)), cut=st.integers(1, ROWS - 1), seed=st.integers())
def test_a_sample_does_not_depend_on_order_or_batches(order: list[int], cut: int, seed: int) -> None:
    rows = stack_metadata.select(STACK.lazy(), Wanted()).collect()
    whole = stack_metadata.choose([rows], 7, seed)
    mixed = rows[order]
    assert stack_metadata.choose([mixed[:cut], mixed[cut:]], 7, seed).sort("blob").equals(whole.sort("blob"))
