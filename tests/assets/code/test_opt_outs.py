import hashlib
from pathlib import Path

import polars as pl
import pytest

from assets import ledger, passport
from assets.code import opt_outs, swhids
from assets.code.opt_outs import OptOuts, OptOutsError
from assets.code.sources import listing

FILES = [
    ("git", "https://github.com/octocat/hello", "src/app.py", "a" * 40, b"print('hello')\n"),
    ("git", "https://github.com/octocat/other", "src/app.py", "b" * 40, b"print('other')\n"),
    ("git", "https://git.example.org/team/sub/service", "private/key.py", "c" * 40, b"# Copyright Jane Example\n"),
    ("software_heritage", "https://github.com/Someone/Thing", "lib/private/x.js", "d" * 40, b"let x = 1\n"),
    ("package", "networkx", "networkx/classes/graph.py", "3.4", b"# jane@example.org\n"),
    ("folder", "/srv/code/service", "main.cpp", None, b"int main() {}\n"),
]
RAW = pl.DataFrame(FILES, schema=["source", "repository", "path", "revision", "content"], orient="row").with_columns(
    passport.row_ids("raw_code", *(pl.Series([row[column] for row in FILES]) for column in (0, 1, 2))),
    encoding=pl.lit("utf-8"),
    swhid=pl.Series([swhids.of_content(row[4]) for row in FILES]),
)


def dropped(**lists: object) -> dict[int, str]:
    """Number of the file -> reason; and that everything which opts out agrees."""
    settings = OptOuts.model_validate(lists)
    kept, entries = opt_outs.drop_opted_out(RAW, settings)
    assert kept.schema == RAW.schema
    assert entries.schema == pl.Schema(ledger.SCHEMA)
    assert set(opt_outs.violations(RAW, settings)) == set(entries["row_id"])
    assert opt_outs.violations(kept, settings) == []
    assert set(kept["id"]) | set(entries["row_id"]) == set(RAW["id"])
    assert set(entries["rule"]) <= {"opted_out"}
    order = RAW["id"].to_list()
    return {order.index(row_id): detail.split(" ")[0] for row_id, detail in entries.select("row_id", "detail").iter_rows()}


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ({}, {}),
        ({"repositories": ["git@github.com:Octocat/Hello.git"]}, {0: "repository"}),
        ({"repositories": ["octocat/hello", "NetworkX", "/srv/code/service/"]}, {0: "repository", 4: "repository", 5: "repository"}),
        ({"repositories": ["https://gitlab.com/octocat/hello"]}, {}),
        ({"repositories": ["https://github.com/someone/thing"]}, {3: "repository"}),
        ({"owners": ["octocat", "@someone"]}, {0: "owner", 1: "owner", 3: "owner"}),
        ({"owners": ["https://git.example.org/team", "gitlab.com/octocat"]}, {2: "owner"}),
        ({"owners": ["srv", "sub", "networkx"]}, {}),
        ({"paths": ["private/"]}, {2: "path", 3: "path"}),
        ({"paths": ["/private/**", "graph.py"]}, {2: "path", 4: "path"}),
        ({"paths": ["octocat/hello:src/*.py", "networkx:*.js"]}, {0: "path"}),
        ({"paths": ["https://github.com/octocat/other:*.py"]}, {1: "path"}),
        ({"authors": ["Jane Example <jane@example.org>"]}, {2: "author", 4: "author"}),
        ({"swhids": [f"{swhids.of_content(FILES[1][4])};path=/src/app.py", "swh:1:rev:" + "c" * 40]}, {1: "swhid", 2: "swhid"}),
        ({"swhids": ["swh:1:ori:" + hashlib.sha1(b"https://github.com/octocat/hello.git").hexdigest()]}, {0: "repository"}),
        ({"owners": ["octocat"], "repositories": ["octocat/hello"], "paths": ["app.py"]}, {0: "repository", 1: "owner"}),
    ],
)
def test_what_is_dropped_and_why(lists: dict[str, list[str]], expected: dict[int, str]) -> None:
    assert dropped(**lists) == expected


def test_the_ledger_says_where_and_not_who() -> None:
    _, entries = opt_outs.drop_opted_out(RAW, OptOuts(authors=("Jane Example",)))
    assert entries["detail"].to_list() == ["author https://git.example.org/team/sub/service:private/key.py"]


def test_a_swhid_is_found_in_bytes_that_have_none() -> None:
    settings = OptOuts(swhids=(swhids.of_content(FILES[3][4]),))
    for frame in (RAW.drop("swhid"), RAW.with_columns(swhid=pl.lit(None, dtype=pl.String))):
        assert opt_outs.violations(frame, settings) == [RAW["id"][3]]


def test_datasets_below_lack_columns() -> None:
    settings = OptOuts(repositories=("octocat/hello",), paths=("*.cpp",), authors=("Jane Example",), swhids=("swh:1:rev:" + "c" * 40,))
    text = RAW.with_columns(pl.col("content").cast(pl.String))
    assert len(opt_outs.violations(text.drop("swhid", "encoding"), settings)) == 3
    assert opt_outs.violations(text.select("id", "content"), settings) == [RAW["id"][2]]
    assert opt_outs.violations(text.select("id"), settings) == []
    assert opt_outs.violations(text.clear(), settings) == []


def test_a_listing_is_cut_before_anything_is_read() -> None:
    columns = RAW.drop("id", "content", "encoding").to_dicts()
    entries = listing.frame([row | {"n_bytes": 1, "mode": "100644", "digest": str(number)} for number, row in enumerate(columns)])
    settings = OptOuts(owners=("octocat",), paths=("*.cpp",), authors=("Jane Example",), swhids=(RAW["swhid"][3],))
    kept, entries_dropped = opt_outs.drop_listed(entries, settings)
    assert sorted(kept["repository"]) == ["https://git.example.org/team/sub/service", "networkx"]
    assert kept.schema == entries.schema
    assert set(entries_dropped["row_id"]) == {RAW["id"][number] for number in (0, 1, 3, 5)}
    same, nothing = opt_outs.drop_listed(entries, OptOuts())
    assert same is entries
    assert nothing.is_empty()


def test_the_example_opts_nobody_out() -> None:
    assert opt_outs.load(Path(__file__).parents[3] / "opt_outs.yaml") == OptOuts()


def test_lists_without_entries(tmp_path: Path) -> None:
    (tmp_path / "opt_outs.yaml").write_text("owners:\npaths: []\n")
    assert opt_outs.load(tmp_path / "opt_outs.yaml").is_empty
    (tmp_path / "opt_outs.yaml").write_text("# nobody yet\n")
    assert opt_outs.load(tmp_path / "opt_outs.yaml").is_empty


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("owner: [x]", r"owner: unknown key. Known keys: authors, owners"),
        ("owners: octocat", r"owners: Input should be a valid tuple"),
        ("owners: [7]", r"owners\.0: not text \(found int\)\. Put it in quotes"),
        ("repositories: [octocat/*]", r"repositories: entry 1 names no single repository: list an owner under owners"),
        ("repositories: ['https://github.com/octocat']", r"list an owner under owners"),
        ("authors: [Jane Example, Jo]", r"authors: entry 2 is too short"),
        ("paths: ['!src/**']", r"paths: entry 1 is no glob"),
        ("paths: ['https://github.com/octocat/hello']", r"paths: entry 1 is no glob"),
        ("paths: ['git@github.com:octocat/hello']", r"paths: entry 1 is no glob"),
        ("swhids: [abc]", r"swhids: entry 1 is no SWHID"),
        (f"swhids: ['swh:1:dir:{'0' * 40}']", r"no dataset knows the dir of a file"),
        ("owners: [", r"opt_outs\.yaml, line \d+: not valid YAML"),
    ],
)
def test_what_cannot_be_honoured_is_said(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "opt_outs.yaml"
    file.write_text(text)
    with pytest.raises(OptOutsError, match=says) as caught:
        opt_outs.load(file)
    assert str(file) in str(caught.value)
    assert "Jane" not in str(caught.value)


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OptOutsError, match="cannot be read"):
        opt_outs.load(tmp_path / "opt_outs.yaml")
