from pathlib import Path
from typing import Any

from tests import github_server
from tests.assets.pull_requests.sources.fetched import PULLS, bundle, fetch, rules
from tests.github_server import REPOSITORY, Hub, as_json


def test_a_diff_that_is_refused_is_made_of_the_files(hub: Hub, tmp_path: Path) -> None:
    hub.add(1)
    path = f"{PULLS}/1"

    def refuse(query: dict[str, str], headers: dict[str, str]) -> github_server.Reply:
        if "diff" in headers["accept"]:
            return as_json({"errors": [{"code": "too_large"}]}, 406)
        return github_server.tagged(as_json(hub.pulls[1]), headers)

    hub.answers[path] = refuse
    hub.lists[1, "files"] = [
        {"filename": "a b.py", "status": "modified", "patch": "@@ -1 +1 @@\n-1\n+2", "changes": 2},
        {"filename": "neu/é.py", "status": "added", "patch": "@@ -0,0 +1 @@\n+1\n\\ No newline at end of file", "changes": 1},
        {"filename": "to", "previous_filename": "from", "status": "renamed", "changes": 0},
        {"filename": "gone", "status": "removed", "patch": "@@ -1 +0,0 @@\n-1", "changes": 1},
        {"filename": "big.json", "status": "modified", "changes": 90_000},
    ]
    fetched = fetch(hub, tmp_path)
    assert bundle(fetched, 1)["diff"] == (
        "diff --git a/a b.py b/a b.py\n--- a/a b.py\t\n+++ b/a b.py\t\n@@ -1 +1 @@\n-1\n+2\n"
        'diff --git "a/neu/\\303\\251.py" "b/neu/\\303\\251.py"\nnew file mode 100644\n--- /dev/null\n+++ "b/neu/\\303\\251.py"\n'
        "@@ -0,0 +1 @@\n+1\n\\ No newline at end of file\n"
        "diff --git a/from b/to\nrename from from\nrename to to\n"
        "diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
        "diff --git a/big.json b/big.json\n"
    )
    assert rules(fetched) == [("diff_of_files", "altered", f"{REPOSITORY}#1 1 of 5 files without patch")]
    assert rules(fetch(hub, tmp_path)) == rules(fetched)  # also when it is not fetched again


def test_a_diff_that_is_too_large_is_left_out_and_said(hub: Hub, tmp_path: Path) -> None:
    hub.add(1)
    fetched = fetch(hub, tmp_path, max_diff_bytes=20)
    assert bundle(fetched, 1)["diff"] is None
    assert ("over_size", "altered", f"{REPOSITORY}#1 diff") in rules(fetched)


def test_reviewed_commits_that_are_gone_or_too_many(hub: Hub, tmp_path: Path) -> None:
    pull = hub.add(1, comments=6)
    shas = ["a" * 40, "b" * 40, "c" * 40]
    for comment, sha in zip(hub.lists[1, "comments"], [shas[0]] * 3 + [shas[1]] * 2 + [shas[2]], strict=True):
        comment["original_commit_id"] = sha
    hub.lists[1, "commits"].append({"sha": shas[1]})
    compare = f"/repos/{REPOSITORY}/compare"
    hub.diffs[f"{compare}/{pull['base']['sha']}...{shas[1]}"] = "b"
    hub.plan(f"{compare}/{shas[1]}...{pull['head']['sha']}", "422")
    fetched = fetch(hub, tmp_path, max_reviewed_commits=2)
    assert bundle(fetched, 1)["reviewed"] == [
        {"commit": shas[0], "diff": None, "follow_up": None, "problem": "gone"},
        {"commit": shas[1], "diff": "b", "follow_up": None, "problem": None},
    ]
    assert rules(fetched) == [
        ("reviewed_gone", "altered", f"{REPOSITORY}#1 {shas[0]}"),
        ("reviewed_cut", "altered", f"{REPOSITORY}#1 2 of 3 commits"),
    ]


def test_a_commit_that_was_pushed_away_has_no_follow_up(hub: Hub, tmp_path: Path) -> None:
    pull = hub.add(1)
    hub.lists[1, "comments"][0]["original_commit_id"] = "a" * 40
    hub.diffs[f"/repos/{REPOSITORY}/compare/{pull['base']['sha']}...{'a' * 40}"] = "before"
    assert bundle(fetch(hub, tmp_path), 1)["reviewed"] == [{"commit": "a" * 40, "diff": "before", "follow_up": None, "problem": None}]


def test_bots_do_not_count_as_reviewers(hub: Hub, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        hub.add(number, comments=number)
    hub.lists[2, "comments"][0]["user"] = {"login": "helper[bot]"}
    hub.lists[3, "comments"][0]["user"] = {"login": "x", "type": "Bot"}
    hub.lists[3, "comments"][1]["user"] = None  # a deleted account
    fetched = fetch(hub, tmp_path, min_review_comments=2)
    assert fetched.entries["pull_number"].to_list() == [3]
    assert (fetched.counts["filtered_out"], fetched.counts["found"]) == (2, 3)
    assert hub.asked(f"{PULLS}/1/comments") == 0
    assert fetch(hub, tmp_path, min_review_comments=2).entries.equals(fetched.entries)
    assert len(hub.requests) == 1
    assert fetch(hub, tmp_path, min_review_comments=1).entries.height == 3
    assert hub.asked(f"{PULLS}/3") == 0


def test_bots_are_known_by_the_evidence_of_silver(hub: Hub, tmp_path: Path) -> None:
    plain, generated = {"login": "reviewer-1", "type": "User"}, "This comment was automatically generated."
    told = [({"login": "codecov-commenter"}, "hm"), ({"login": "release_bot"}, "hm"), (plain, generated), (plain, "hm"), ("odd", 7)]
    for number, (user, body) in enumerate(told, 1):
        hub.add(number, comments=1)
        hub.lists[number, "comments"][0] |= {"user": user, "body": body}
    assert fetch(hub, tmp_path, min_review_comments=1).entries["pull_number"].to_list() == [4, 5]


def test_hostile_payloads(hub: Hub, tmp_path: Path) -> None:
    hub.add(1, commits="many", review_comments=None, head=None, base=[1])
    hub.lists[1, "comments"] = [
        None,
        3,
        "x",
        {"id": "x"},
        {"id": 1, "user": 7, "original_commit_id": {}},
        {"body": "\ud800"},
        {"id": 1, "b": 2},
    ]
    hub.lists[1, "commits"] = [None, {"sha": 3}]
    hub.lists[1, "reviews"] = [[], {"id": None}]
    hub.add(2)
    hub.pulls[2]["number"] = 99
    hub.add(3, body=nested(400))
    hub.add(4)
    hub.answers[f"{PULLS}/4"] = lambda query, headers: (200, {"content-type": "application/json"}, b"[" * 100_000)
    fetched = fetch(hub, tmp_path)
    assert len(bundle(fetched, 1)["review_comments"]) == 6
    # 99 was listed, and is not there
    assert sorted(rule for rule, *_ in rules(fetched)) == ["broken_answer", "gone"]
    assert fetched.entries["pull_number"].to_list() == [1, 3]


def nested(depth: int) -> list[Any]:
    return [nested(depth - 1)] if depth else []
