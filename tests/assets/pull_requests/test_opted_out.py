"""People, paths, owners and repositories that opted out are in no pull request."""

import polars as pl

from assets.code.opt_outs import OptOuts
from assets.pull_requests import opted_out
from assets.pull_requests.bronze.payloads import SCHEMA
from assets.pull_requests.sources import listing
from assets.pull_requests.sources.github_settings import GithubSettings
from tests import reviews

DIFF = reviews.diff({"keep.py": "a = 1\n", "private/old.py": "b = 1\n"}, {"keep.py": "a = 2\n", "private/old.py": "b = 2\n"})


def bronze() -> pl.DataFrame:
    comments = [
        {"id": number, "author": author, "path": path, "body": "Why?"}
        for number, (author, path) in enumerate([("Reviewer-1", "keep.py"), ("reviewer-2", "keep.py"), ("reviewer-2", "private/old.py")], 1)
    ]
    row = {
        "id": "1" * 32, "host": reviews.HOST, "repository": reviews.REPOSITORY, "pull_number": 7, "author": "author-1", "diff": DIFF,
        "reviews": [{"id": 1, "author": "reviewer-1"}, {"id": 2, "author": None}],
        "review_comments": comments,
        "reviewed": [{"commit_sha": "a" * 40, "diff": DIFF, "follow_up": None, "problem": None}],
    }  # fmt: skip
    return pl.DataFrame([row], schema=SCHEMA)


def test_what_a_person_wrote_goes() -> None:
    rows, entries = opted_out.drop_opted_out(bronze(), OptOuts(owners=("reviewer-1",)))
    assert [comment["id"] for comment in rows["review_comments"][0]] == [2, 3]
    assert [review["id"] for review in rows["reviews"][0]] == [2]
    assert entries.select("action", "score", "detail").row(0) == ("altered", 2.0, "owner/name#7")
    assert rows.schema == bronze().schema and rows["diff"][0] == DIFF


def test_the_pull_request_of_a_person_goes() -> None:
    rows, entries = opted_out.drop_opted_out(bronze(), OptOuts(authors=("AUTHOR-1",)))
    assert rows.is_empty() and entries["detail"].to_list() == ["owner/name#7: author"]


def test_a_path_goes_from_comments_and_diffs() -> None:
    rows, _ = opted_out.drop_opted_out(bronze(), OptOuts(paths=("private/",)))
    assert [comment["id"] for comment in rows["review_comments"][0]] == [1, 2]
    for diff in (rows["diff"][0], rows["reviewed"][0][0]["diff"]):
        assert "private" not in diff and "+a = 2" in diff


def test_a_path_of_another_repository_stays() -> None:
    rows, entries = opted_out.drop_opted_out(bronze(), OptOuts(paths=("owner/other:private/",)))
    assert rows.equals(bronze()) and entries.is_empty()


def test_violations_are_what_the_stage_would_drop() -> None:
    for settings in (
        OptOuts(owners=("reviewer-1",)),
        OptOuts(authors=("author-1",)),
        OptOuts(paths=("private/",)),
        OptOuts(repositories=("owner/name",)),
    ):
        assert opted_out.violations(bronze(), settings)[0]["id"].to_list() == ["1" * 32]
    assert opted_out.violations(bronze(), OptOuts(owners=("somebody",)))[0].is_empty()


def test_listed_repositories_are_not_read() -> None:
    rows = [
        {"source": "api", "host": "https://forge.example", "repository": name, "pull_number": 1} for name in ("owner/name", "other/name")
    ]
    kept, entries = opted_out.drop_listed(listing.frame(rows), OptOuts(owners=("Owner",)))
    assert kept["repository"].to_list() == ["other/name"] and entries["detail"].to_list() == ["owner/name#1: owner"]


def test_listed_repositories_are_not_asked_about() -> None:
    wanted, entries = opted_out.drop_repositories(GithubSettings(repositories=("owner/name", "other/name")), OptOuts(owners=("owner",)))
    assert wanted.repositories == ("other/name",) and entries["detail"].to_list() == ["owner/name: owner"]
