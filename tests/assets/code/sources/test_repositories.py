import json
from pathlib import Path

import polars as pl
import pytest

from assets.code.sources import listing, repositories
from assets.code.sources.git_source import GitSource


def test_a_list(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# ours\nhttps://host/a.git\n\n  https://host/b.git  main # the second\n#https://host/c.git\ngit@host:d#e.git\n")
    expected = [GitSource(url="https://host/a.git"), GitSource(url="https://host/b.git", ref="main"), GitSource(url="git@host:d#e.git")]
    assert repositories.read_list(file) == expected


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("https://user:s3cret@host/x", r"list.txt:2: url: .*must not hold a user or a password"),
        ("https://host/x a b", r"list.txt:2: a line is `url` or `url ref`, this one has 3 words"),
        ("-x", r"list.txt:2: url: "),
        ("https://host/x a:b", r"list.txt:2: ref: "),
    ],
)
def test_a_line_that_cannot_be_used(tmp_path: Path, line: str, problem: str) -> None:
    (tmp_path / "list.txt").write_text(f"https://host/ok\n{line}\n")
    with pytest.raises(repositories.RepositoriesError, match=problem) as raised:
        repositories.read_list(tmp_path / "list.txt")
    assert "s3cret" not in str(raised.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "bad.jsonl").write_text("not json")
    (tmp_path / "other.jsonl").write_text('{"name": "x"}\n')
    for name in ("binary", "nothing"):
        with pytest.raises(repositories.RepositoriesError, match=name):
            repositories.read_list(tmp_path / name)
    for name in ("nothing.parquet", "bad.jsonl", "other.jsonl"):
        with pytest.raises(repositories.RepositoriesError, match=name):
            repositories.read_metadata(tmp_path / name)


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_what_a_host_says(tmp_path: Path, suffix: str) -> None:
    rows = [
        {"url": "https://Host/Team/a", "stars": 12, "topics": ["cli"], "license": "apache license 2.0"},
        {"url": "https://host/team/b/", "stars": None, "topics": None, "license": None},
    ]
    file = tmp_path / f"about.{suffix}"
    if suffix == "jsonl":
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pl.DataFrame(rows).write_parquet(file)
    level = {"source": "git", "mode": "100644", "n_bytes": 1}
    entries = pl.concat(
        listing.frame([level | {"repository": repository, "license": license, "path": path}])
        for repository, license, path in [
            ("https://host/Team/a.git", None, "z.py"),
            ("git@host:Team/a.git", None, "y.py"),
            ("https://host/Team/a.git", "MIT", "x.py"),
            ("https://host/team/b", None, "w.py"),
        ]
    )
    found = repositories.describe(entries, repositories.read_metadata(file))
    assert found.schema == pl.Schema(listing.SCHEMA)
    assert found.select("path", "stars", "topics", "license").rows() == [
        ("z.py", 12, ["cli"], "Apache-2.0"),
        ("y.py", None, None, None),
        ("x.py", 12, ["cli"], "MIT"),
        ("w.py", None, None, None),
    ]
