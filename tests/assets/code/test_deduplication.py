import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from assets import ledger, passport
from assets.code.cleaning import SCHEMA as CLEAN
from assets.code.deduplication import (
    DECISIONS,
    DeduplicationSettings,
    FingerprintSettings,
    Grouping,
    as_datasets,
    fingerprint,
    fingerprints_schema,
    group,
    keep_survivors,
)
from assets.code.near_duplicates import PAIRS

SETTINGS = DeduplicationSettings()
PRINT = SETTINGS.fingerprint
PROGRAM = "def total(items):\n    result = 0\n    for item in items:\n        result += item.price * item.count\n    return result\n"
LONG = "".join(f"def step_{index}(value):\n    return value * {index} + offset_{index}\n" for index in range(12))


def file(path: str, content: str, language: str | None = "Python", license: str | None = None, repository: str = "r") -> dict[str, object]:
    return {
        "id": passport.row_id("clean_code", repository, path, content),
        "parent_ids": [passport.row_id("raw_code", repository, path)],
        "source": "git",
        "repository": repository,
        "revision": None,
        "path": path,
        "language": language,
        "license": license,
        "encoding": "utf-8",
        "repairs": [],
        "n_bytes": len(content.encode()),
        "n_lines": content.count("\n") or 1,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "content": content,
    }


def files(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=CLEAN)


def grouped(frame: pl.DataFrame, known: pl.DataFrame | None = None, chosen: DeduplicationSettings = SETTINGS) -> Grouping:
    def read(ids: Sequence[str]) -> Iterator[pl.DataFrame]:
        yield frame.filter(pl.col("id").is_in(list(ids)))

    return group(fingerprint(frame, chosen.fingerprint)[0], read, chosen, known)


def deduplicate(frame: pl.DataFrame, chosen: DeduplicationSettings = SETTINGS) -> tuple[pl.DataFrame, pl.DataFrame]:
    return survivors_of(frame, grouped(frame, chosen=chosen).decisions, chosen)


def survivors_of(
    frame: pl.DataFrame, decisions: pl.DataFrame, chosen: DeduplicationSettings = SETTINGS
) -> tuple[pl.DataFrame, pl.DataFrame]:
    return keep_survivors(frame, chosen, *as_datasets(decisions, [frame["id"]]))


def test_exact_normalised_and_near_duplicates() -> None:
    frame = files(
        file("long.py", LONG + "\n\n"),
        file("b.py", LONG),
        file("c.py", LONG),
        file("indented.py", LONG.replace("    ", " " * 8)),
        file("edited.py", LONG.replace("value * 3", "value - 33")),
        file("other.py", PROGRAM * 5),
    )
    rows, dropped = deduplicate(frame)
    assert rows.select("path", "cluster_size").rows() == [("b.py", 5), ("other.py", 1)]
    ids = dict(zip(frame["path"], frame["id"], strict=True))
    assert dropped.select("row_id", "rule", "detail").rows() == [
        (ids["long.py"], "normalised_duplicate", f"duplicate of {ids['b.py']}"),
        (ids["c.py"], "exact_duplicate", f"duplicate of {ids['b.py']}"),
        (ids["indented.py"], "normalised_duplicate", f"duplicate of {ids['b.py']}"),
        (ids["edited.py"], "near_duplicate", f"duplicate of {ids['b.py']}"),
    ]
    assert dropped["threshold"].to_list() == [None, None, None, 0.7]
    assert dropped["score"].to_list()[:3] == [1.0, 1.0, 1.0]
    assert 0.7 < dropped["score"][3] < 1.0
    assert rows["parent_ids"].to_list() == [[ids["b.py"]], [ids["other.py"]]]


def test_columns_flow_through() -> None:
    frame = files(file("a.py", LONG)).with_columns(stars=pl.lit(3), kinds=pl.lit(["test"]))
    rows, _ = deduplicate(frame)
    assert set(frame.columns) - set(rows.columns) == {"encoding", "repairs"}
    assert set(rows.columns) - set(frame.columns) == {"cluster_id", "cluster_size"}
    assert rows.drop("cluster_id", "cluster_size", "id", "parent_ids").equals(
        frame.select(rows.drop("cluster_id", "cluster_size", "id", "parent_ids").columns)
    )


def test_the_survivor() -> None:
    def survivor(*rows: dict[str, object], order: str = SETTINGS.survivor_order, **columns: list[object]) -> str:
        frame = files(*rows).with_columns(pl.Series(name, values) for name, values in columns.items())
        return str(deduplicate(frame, DeduplicationSettings(survivor_order=order))[0]["path"].item())

    one, other = file("a.py", LONG), file("b.py", LONG)
    assert survivor(one, other) == survivor(other, one) == "a.py"
    assert survivor(one, file("b.py", LONG, license="MIT")) == "b.py"
    assert survivor(file("a.py", LONG, license="GPL-3.0-only"), file("b.py", LONG, license="MIT OR GPL-3.0-only")) == "b.py"
    assert survivor(one, other, stars=[None, 5]) == "b.py"
    times = [datetime(2020, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC)]
    assert survivor(one, other, stars=[5, 5], committed_at=times) == "b.py"
    assert survivor(one, other, stars=[6, 5], committed_at=times) == "a.py"
    assert survivor(file("a.py", LONG + "x = 1\n"), other) == "b.py"
    assert survivor(one, other, order="path desc") == "b.py"
    assert survivor(file("src/test/long.py", LONG), file("src/long.py", LONG + "x"), order="path like '%test%'") == "src/long.py"


def test_small_files_have_only_exact_duplicates() -> None:
    frame = files(
        file("a/__init__.py", "from .b import c\n"),
        file("b/__init__.py", "from .b import  c\n"),
        file("c/__init__.py", "from .b import c\n"),
        file("empty", "\n"),
    )
    marks, _ = fingerprint(frame, PRINT)
    assert marks["normalised"].null_count() == marks["signature"].null_count() == 4
    assert marks["n_tokens"].to_list() == [5, 5, 5, 0]
    rows, dropped = deduplicate(frame)
    assert rows["path"].to_list() == ["a/__init__.py", "b/__init__.py", "empty"]
    assert dropped["rule"].to_list() == ["exact_duplicate"]


def test_a_chain_is_named_as_one_cluster_with_its_true_indices() -> None:
    words = [f"w{index}" for index in range(160)]
    frame = files(*(file(f"{start:03}.py", " ".join(words[start : start + 100])) for start in range(0, 60, 10)))
    decisions = grouped(frame).decisions.join(frame.select("id", "path"), on="id").sort("path")
    assert decisions["cluster_id"].n_unique() == 1
    expected = [max(0, 96 - start) / (96 + start) for start in range(0, 60, 10)]
    assert decisions["jaccard"].to_list() == expected  # the last is below the threshold: it is near through the others
    assert decisions["kind"].to_list() == [None, "near", "near", "near", "near", "near"]


@st.composite
def corpora(draw: st.DrawFn) -> pl.DataFrame:
    """Files of which many are copies of others: to the byte, in other layout, or with some words changed."""
    texts: list[str] = []
    for number in range(draw(st.integers(0, 10))):
        kind = draw(st.sampled_from(["new", "copy", "layout", "edit", "small"] if texts else ["new", "small"]))
        if kind == "new":
            texts.append(" ".join(f"w{number}_{index}" for index in range(draw(st.integers(40, 60)))))
        elif kind == "small":
            texts.append(draw(st.sampled_from(["x = 1", "x  =  1", "import a"])))
        else:
            source = draw(st.sampled_from(texts))
            start = draw(st.integers(0, 30))
            words = source.split()
            words[start : start + 3] = ["edited"] * draw(st.integers(0, 3)) if kind == "edit" else words[start : start + 3]
            texts.append(source if kind == "copy" else ("\n" if kind == "layout" else " ").join(words) or "x")
    rows = [file(f"{number}.py", text, license=draw(st.sampled_from([None, "MIT"]))) for number, text in enumerate(texts)]
    return files(*rows)


@settings(deadline=None, max_examples=25)
@given(corpora(), st.randoms(use_true_random=False), st.integers(0, 10))
def test_order_shards_and_history_do_not_matter(frame: pl.DataFrame, random: object, count: int) -> None:
    whole = grouped(frame)
    order = list(range(frame.height))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = grouped(frame[order])
    assert shuffled.decisions.equals(whole.decisions)
    assert shuffled.pairs.equals(whole.pairs)
    later = grouped(frame, grouped(frame[:count]).pairs)
    assert later.decisions.equals(whole.decisions)
    assert later.pairs.equals(whole.pairs)
    marks = fingerprint(frame, PRINT)[0]
    cut = [fingerprint(part, PRINT)[0] for part in (frame[:count], frame[count:])]
    assert pl.concat(cut).equals(marks)
    rows, dropped = survivors_of(frame, whole.decisions)
    halves = [survivors_of(part, whole.decisions) for part in (frame[:count], frame[count:])]
    assert pl.concat(half[0] for half in halves).equals(rows)
    assert pl.concat(half[1] for half in halves).equals(dropped)


@settings(deadline=None, max_examples=30)
@given(corpora())
def test_decisions(frame: pl.DataFrame) -> None:
    decisions, pairs = grouped(frame)
    assert decisions.schema == pl.Schema(DECISIONS)
    assert pairs.schema == pl.Schema(PAIRS)
    assert decisions["id"].to_list() == sorted(frame["id"])
    joined = decisions.join(fingerprint(frame, PRINT)[0], on="id")
    for key in ("sha256", "normalised"):  # equal hashes are in one cluster
        assert set(joined.drop_nulls(key).group_by(key).agg(pl.col("cluster_id").n_unique())["cluster_id"]) <= {1}
    for (cluster_id,), cluster in joined.group_by("cluster_id"):
        assert cluster["keep"].sum() == 1
        assert cluster["cluster_size"].unique().to_list() == [cluster.height]
        assert cluster_id == min(row["normalised"] or row["sha256"][:32] for row in cluster.iter_rows(named=True))
        best = min(cluster.iter_rows(named=True), key=lambda row: (not row["permissive"], row["n_bytes"], row["path"], row["id"]))
        assert cluster["survivor_id"].unique().to_list() == [best["id"]]
        assert cluster.filter("keep").select("kind", "jaccard").rows() == [(None, 1.0)]
        for row in cluster.filter(~pl.col("keep")).iter_rows(named=True):
            same = "exact" if row["sha256"] == best["sha256"] else "normalised" if row["normalised"] == best["normalised"] else "near"
            assert row["kind"] == same
            assert (row["jaccard"] == 1.0) if same != "near" else (0 < row["jaccard"] <= 1.0)


@settings(deadline=None, max_examples=15)
@given(corpora(), st.integers(40, 60))
def test_an_unrelated_file_changes_no_cluster(frame: pl.DataFrame, length: int) -> None:
    stranger = files(file("stranger.py", " ".join(f"s{index}" for index in range(length))))
    more = grouped(pl.concat([frame, stranger])).decisions
    assert more.filter(pl.col("id") != stranger["id"].item()).equals(grouped(frame).decisions)


def test_added_files_cost_their_own_verification() -> None:
    texts = [" ".join(f"w{family}_{index}" for index in range(80)) + f" v{version}" for family in range(60) for version in range(4)]
    frame = files(*(file(f"{number}.py", text) for number, text in enumerate(texts)))
    read: list[str] = []

    def reader(ids: Sequence[str]) -> Iterator[pl.DataFrame]:
        read.extend(ids)
        yield frame.filter(pl.col("id").is_in(list(ids)))

    before, _ = fingerprint(frame[:-2], PRINT)
    known = group(before, reader, SETTINGS).pairs
    assert len(set(read)) == 238
    read.clear()
    everything = fingerprint(frame, PRINT)[0]
    after = group(everything, reader, SETTINGS, known)
    assert len(read) <= 4
    assert after.decisions.equals(group(everything, reader, SETTINGS).decisions)


def test_thresholds_and_orders_do_not_ask_for_new_fingerprints() -> None:
    assert DeduplicationSettings(threshold=0.85, survivor_order="path").fingerprint == PRINT
    strict = DeduplicationSettings(threshold=0.99)
    frame = files(file("a.py", LONG), file("b.py", LONG.replace("value * 3", "value - 33")))
    assert deduplicate(frame)[0].height == 1
    assert deduplicate(frame, strict)[0].height == 2


@pytest.mark.parametrize("fields", [{"min_tokens": 4}, {"permutations": 30}, {"permutations": 8}, {"seed": -1}])
def test_fingerprints_that_make_no_sense(fields: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        FingerprintSettings(**fields)


@pytest.mark.parametrize("text", ["(" * 50_000, "a" * 300_000, "'" * 50_001, "\u00e9" * 99_999, "a b " * 50_000, "\x00" * 10_000, "ab" * 6])
def test_hostile_text(text: str) -> None:
    decisions, _ = grouped(files(file("a", text), file("b", text + " x y z"), file("c", LONG)))
    assert decisions.height == 3


def test_a_file_without_a_decision() -> None:
    with pytest.raises(ValueError, match="1 files have no decision"):
        survivors_of(files(file("a.py", PROGRAM)), pl.DataFrame(schema=DECISIONS))


def test_no_rows() -> None:
    marks, nothing = fingerprint(files(), PRINT)
    assert marks.schema == pl.Schema(fingerprints_schema(PRINT))
    assert nothing.schema == pl.Schema(ledger.SCHEMA)
    decisions, pairs = grouped(files())
    assert decisions.schema == pl.Schema(DECISIONS)
    assert pairs.schema == pl.Schema(PAIRS)
    rows, dropped = survivors_of(files(), decisions)
    assert rows.schema == deduplicate(files(file("a.py", LONG)))[0].schema
    assert dropped.schema == pl.Schema(ledger.SCHEMA)
