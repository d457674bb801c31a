import hashlib

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger, passport
from assets.code.cleaning import SCHEMA as CLEAN
from assets.code.deduplication import DECISIONS, FINGERPRINTS, SCHEMA, DeduplicationSettings, fingerprint, group, keep_survivors
from assets.code.schema import DeduplicatedCode

SETTINGS = DeduplicationSettings()
PROGRAM = "def total(items):\n    result = 0\n    for item in items:\n        result += item.price * item.count\n    return result\n"


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


def deduplicate(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    decisions = group(fingerprint(frame, SETTINGS)[0])
    return keep_survivors(frame, SETTINGS, decisions.filter(pl.col("id").is_in(frame["id"].to_list())))


def test_exact_and_normalised_duplicates() -> None:
    frame = files(
        file("long/path/a.py", PROGRAM),
        file("b.py", PROGRAM),
        file("reformatted.py", "# mine\n" + PROGRAM.replace("    ", "  ")),
        file("other.py", PROGRAM.replace("price", "cost")),
    )
    rows, dropped = deduplicate(frame)
    DeduplicatedCode.validate(rows, lazy=True)
    assert rows.select("path", "cluster_size").rows() == [("b.py", 3), ("other.py", 1)]
    assert dropped.select("row_id", "rule", "detail").rows() == [
        (frame["id"][0], "exact_duplicate", f"duplicate of {frame['id'][1]}"),
        (frame["id"][2], "normalised_duplicate", f"duplicate of {frame['id'][1]}"),
    ]
    assert rows["parent_ids"].to_list() == [[frame["id"][1]], [frame["id"][3]]]


def test_blocks_are_meaning() -> None:
    inside = PROGRAM.replace("    return result", "        return result")
    rows, _ = deduplicate(files(file("a.py", PROGRAM), file("b.py", inside)))
    assert rows.height == 2


def test_the_survivor() -> None:
    def survivor(*rows: dict[str, object]) -> str:
        return str(deduplicate(files(*rows))[0]["path"].item())

    assert survivor(file("a.py", PROGRAM), file("a/long/path.py", PROGRAM, license="MIT")) == "a/long/path.py"
    assert survivor(file("a.py", PROGRAM, license="GPL-3.0-only"), file("a/b.py", PROGRAM, license="MIT OR GPL-3.0-only")) == "a/b.py"
    assert survivor(file("abc.py", PROGRAM), file("z.py", PROGRAM)) == "z.py"
    one, other = file("a.py", PROGRAM), file("b.py", PROGRAM)
    assert survivor(one, other) == survivor(other, one) == min((one, other), key=lambda row: str(row["id"]))["path"]


def test_small_files_have_only_exact_duplicates() -> None:
    frame = files(
        file("a/__init__.py", "from .b import c\n"),
        file("b/__init__.py", "from .b import  c\n"),
        file("c/__init__.py", "from .b import c\n"),
        file("d.py", "# " + "only a comment " * 30),
        file("e.py", "# " + "another comment " * 30),
    )
    marks, _ = fingerprint(frame, SETTINGS)
    assert marks["normalised"].null_count() == 5
    rows, dropped = deduplicate(frame)
    assert rows.height == 4
    assert dropped["rule"].to_list() == ["exact_duplicate"]


def test_languages_do_not_meet_unless_the_bytes_do() -> None:
    program = "int twice(int a) { int b = a * 2; return b + a - 1; } int c = twice(twice(3));"
    spaced = program.replace(" = ", "  =  ")
    rows, _ = deduplicate(files(file("a.h", program, "C++"), file("a.java", spaced, "Java")))
    assert rows.height == 2
    frame = files(
        file("a.h", program, "C++"),
        file("aa.c", program, "C"),
        file("bbb.h", spaced, "C++"),
        file("cccc.c", spaced.replace("int", "int "), "C"),
    )
    rows, dropped = deduplicate(frame)  # the first two are one text, the third is like the first, the last like the second
    assert rows.select("path", "cluster_size").rows() == [("a.h", 4)]
    assert dropped["rule"].to_list() == ["exact_duplicate", "normalised_duplicate", "normalised_duplicate"]


HASHES = st.sampled_from(["a" * 64, "b" * 64, "c" * 64, "d" * 64, "e" * 64])
FORMS = st.none() | st.sampled_from(["1" * 32, "2" * 32, "3" * 32])
MARKS = st.lists(st.tuples(HASHES, FORMS, st.booleans(), st.integers(1, 3)), max_size=12)


@settings(deadline=None, max_examples=100)
@given(MARKS, st.randoms(use_true_random=False))
def test_grouping(rows: list[tuple[str, str | None, bool, int]], random: object) -> None:
    named = [(f"{index:032x}", sha, form, permissive, chars, 1) for index, (sha, form, permissive, chars) in enumerate(rows)]
    frame = pl.DataFrame(named, schema=FINGERPRINTS, orient="row")
    decisions = group(frame)
    assert decisions.schema == pl.Schema(DECISIONS)
    shuffled = list(named)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group(pl.DataFrame(shuffled, schema=FINGERPRINTS, orient="row")).equals(decisions)
    joined = decisions.join(frame, on="id")
    for key in ("sha256", "normalised"):  # equal hashes are in one cluster
        groups = joined.drop_nulls(key).group_by(key).agg(pl.col("cluster_id").n_unique())
        assert set(groups["cluster_id"]) <= {1}
    for _, cluster in joined.group_by("cluster_id"):
        assert cluster["keep"].sum() == 1
        assert cluster["cluster_size"].unique().to_list() == [cluster.height]
        best = min(cluster.iter_rows(named=True), key=lambda row: (not row["permissive"], row["path_chars"], row["id"]))
        assert cluster["survivor_id"].unique().to_list() == [best["id"]]
        assert cluster.filter("keep")["kind"].to_list() == [None]
        assert set(cluster.filter(~pl.col("keep"))["kind"]) <= {"exact", "normalised"}


def test_shards_do_not_matter() -> None:
    frame = files(*(file(f"{index}.py", PROGRAM.replace("price", f"p{index % 3}"), repository=f"r{index}") for index in range(9)))
    whole, _ = deduplicate(frame)
    parts = [frame[:4], frame[4:]]
    decisions = group(pl.concat(fingerprint(part, SETTINGS)[0] for part in parts))
    cut = pl.concat(keep_survivors(part, SETTINGS, decisions.filter(pl.col("id").is_in(part["id"].to_list())))[0] for part in parts)
    assert cut.equals(whole)
    assert cut.height == 3


def test_a_file_without_a_decision() -> None:
    with pytest.raises(ValueError, match="1 files have no decision"):
        keep_survivors(files(file("a.py", PROGRAM)), SETTINGS, pl.DataFrame(schema=DECISIONS))


def test_no_rows() -> None:
    marks, nothing = fingerprint(files(), SETTINGS)
    assert marks.schema == pl.Schema(FINGERPRINTS)
    assert nothing.schema == pl.Schema(ledger.SCHEMA)
    rows, dropped = keep_survivors(files(), SETTINGS, group(marks))
    assert rows.schema == pl.Schema(SCHEMA)
    assert dropped.schema == pl.Schema(ledger.SCHEMA)
