import os
from pathlib import Path

import polars as pl
import pytest

from assets import passport
from assets.code import opt_outs
from assets.code.opt_outs import OptOuts
from assets.documents.sources import folders, listing, opted_out, reading
from assets.documents.sources.reading import DocumentReadingSettings
from tests.document_server import pdf

MIT = """MIT License

Copyright (c) 2024 Example

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE
SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
MAX = 1_000_000


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "a.pdf").write_bytes(pdf("a"))
    (folder / "deep" / "B.PDF").write_bytes(pdf("b"))
    (folder / "deep" / "er" / "c.pdf").write_bytes(pdf("c"))
    (folder / "note.txt").write_text("not a PDF, and not named like one")
    return folder


def test_folders_files_and_globs(docs: Path) -> None:
    found, problems = folders.list_paths([str(docs), f"{docs}/", f"{docs}/**/*.pdf", str(docs / "a.pdf")], MAX)
    assert problems.is_empty()
    assert found["origin"].to_list() == [f"{docs}/a.pdf", f"{docs}/deep/B.PDF", f"{docs}/deep/er/c.pdf"]
    one, _ = folders.list_paths([f"{docs}/**/c.pdf"], MAX)
    assert one.select("origin", "root", "path").rows() == [(f"{docs}/deep/er/c.pdf", f"{docs}/deep/er", "c.pdf")]


def test_relative_paths_stay_as_given(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(docs.parent)
    found, _ = folders.list_paths(["docs", "./docs/a.pdf"], MAX)
    assert found["origin"].to_list() == ["docs/a.pdf", "docs/deep/B.PDF", "docs/deep/er/c.pdf"]
    assert found["location"][0] == str(docs / "a.pdf")


def test_what_is_no_document_has_its_reason(docs: Path) -> None:
    (docs / "empty.pdf").touch()
    (docs / "large.pdf").write_bytes(pdf(size=2_000))
    (docs / "text.pdf").write_text("no header")
    (docs / "LINK.pdf").symlink_to(docs / "a.pdf")
    os.mkfifo(docs / "pipe.pdf")
    named = [str(docs), str(docs / "note.txt"), str(docs / "gone.pdf"), f"{docs}/*.none"]
    found, problems = folders.list_paths(named, 1_000)
    assert found.height == 3
    why = {detail.rpartition("/")[2]: rule for rule, detail in problems.select("rule", "detail").iter_rows()}
    assert why == {
        "empty.pdf": "empty", "large.pdf": "over_size", "text.pdf": "not_pdf", "pipe.pdf": "not_a_file",
        "note.txt": "not_pdf", "gone.pdf": "missing", "*.none": "missing",
        "LINK.pdf": "link",
    }  # fmt: skip
    assert folders.list_paths([str(docs / "LINK.pdf")], MAX)[0].height == 1  # who names a link means it


def test_names_that_are_not_utf8_are_read_back(docs: Path) -> None:
    Path(os.fsdecode(os.fsencode(docs) + b"/\xff\n.pdf")).write_bytes(pdf("odd"))
    found, _ = folders.list_paths([str(docs)], MAX)
    rows, problems = reading.read_documents(found, DocumentReadingSettings())
    assert problems.is_empty() and rows.height == 4
    assert f"{docs}/\\xff\\x0a.pdf" in rows["origin"].to_list()


def test_the_licence_of_the_closest_folder_is_that_of_a_document(docs: Path) -> None:
    (docs / "LICENSE").write_text(MIT)
    (docs / "deep" / "LICENSE").write_text("Ask us first.")
    found, _ = folders.list_paths([str(docs)], MAX)
    assert found["license"].to_list() == ["MIT", "LicenseRef-Unrecognised", "LicenseRef-Unrecognised"]
    assert folders.list_paths([str(docs / "a.pdf")], MAX)[0]["license"].to_list() == ["MIT"]
    (docs / "LICENSE").unlink()
    assert folders.list_paths([str(docs)], MAX)[0]["license"].to_list()[0] is None


def test_rows_are_proven_when_they_are_read(docs: Path) -> None:
    found, _ = folders.list_paths([str(docs)], MAX)
    (docs / "a.pdf").write_bytes(pdf("A"))
    (docs / "deep" / "B.PDF").unlink()
    rows, problems = reading.read_documents(found, DocumentReadingSettings())
    assert rows["origin"].to_list() == [f"{docs}/deep/er/c.pdf"] and dict(rows.schema) == dict(reading.SCHEMA)
    assert sorted(problems["rule"]) == ["changed", "missing"]
    nothing, refused = reading.read_documents(found, DocumentReadingSettings(max_document_bytes=10))
    assert nothing.is_empty() and dict(nothing.schema) == dict(reading.SCHEMA) and set(refused["rule"]) == {"over_size"}
    assert dict(reading.read_documents(found.clear(), DocumentReadingSettings())[0].schema) == dict(reading.SCHEMA)


def test_rows_keep_the_contract(docs: Path) -> None:
    from assets.documents.schema import RawDocuments

    rows, _ = reading.read_documents(folders.list_paths([str(docs)], MAX)[0], DocumentReadingSettings())
    RawDocuments.validate(rows, lazy=True)
    assert rows["id"][0] == passport.row_id("raw_documents", "folder", f"{docs}/a.pdf")


def _entries(count: int) -> pl.DataFrame:
    rows = [{"source": "url", "origin": f"https://h.org/{place}", "n_bytes": 1_000, "sha256": f"{place:064}"} for place in range(count)]
    return listing.frame(rows)


def test_shards_stay_when_documents_come() -> None:
    before = dict(listing.shard_listing(_entries(60), 10_000))
    after = dict(listing.shard_listing(_entries(61), 10_000))
    assert sum(shard.height for shard in before.values()) == 60 and len(before) == 8
    assert before.keys() == after.keys() and sum(not before[label].equals(after[label]) for label in before) == 1
    assert listing.shard_listing(_entries(0), 10_000) == []


def test_opt_outs_take_folders_paths_and_contents(docs: Path) -> None:
    found, _ = folders.list_paths([str(docs)], MAX)
    kept, problems = opted_out.drop_listed(found, OptOuts(paths=("deep/er/",)))
    assert kept.height == 2 and problems["rule"].to_list() == [opt_outs.RULE]
    assert opted_out.drop_listed(found, OptOuts(repositories=(str(docs),)))[0].is_empty()
    assert opted_out.drop_listed(found, OptOuts(paths=("elsewhere:**",)))[0].height == 3
    rows, _ = reading.read_documents(found, DocumentReadingSettings())
    from assets.code import swhids

    listed = OptOuts(swhids=(swhids.of_content(pdf("b")),))
    left, dropped = opted_out.drop_opted_out(rows, listed)
    assert left.height == 2 and dropped["rule"].to_list() == [opt_outs.RULE] and dropped["row_id"].to_list() == [rows["id"][1]]
    assert opted_out.violations(rows, listed)[0]["id"].to_list() == [rows["id"][1]]
    assert opted_out.violations(left, listed)[0].is_empty() and opted_out.drop_opted_out(left, OptOuts())[0].equals(left)


def test_opt_outs_of_web_origins_are_looked_for_again(docs: Path) -> None:
    rows, _ = reading.read_documents(folders.list_paths([str(docs)], MAX)[0], DocumentReadingSettings())
    origins = pl.Series("origin", ["https://h.org/team/a.pdf", "https://h.org/b.pdf", "docs/team/a.pdf"])
    rows = rows.with_columns(origins, source=pl.Series(["url", "search", "folder"]))
    listed = OptOuts(paths=("team/",))
    assert opted_out.violations(rows, listed)[0]["id"].to_list() == [rows["id"][0]]
    assert opted_out.drop_opted_out(rows, listed)[0]["origin"].to_list() == ["https://h.org/b.pdf", "docs/team/a.pdf"]


def test_raw_content_of_a_repository_is_opted_out_with_it() -> None:
    listed = OptOuts(repositories=("https://github.com/octocat/hello-world",))
    assert opted_out.is_listed("https://raw.githubusercontent.com/octocat/hello-world/main/a.pdf", listed)
    assert opted_out.is_listed("https://github.com/Octocat/Hello-World/raw/main/a.pdf", listed)
    assert not opted_out.is_listed("https://github.com/octocat/other/raw/main/a.pdf", listed)
    assert opted_out.is_listed("https://www.h.org/x/a.pdf", OptOuts(paths=("https://h.org:**",)))
    assert not opted_out.is_listed("https://h.org/x/a.pdf", OptOuts(paths=("https://other.org:**",)))
