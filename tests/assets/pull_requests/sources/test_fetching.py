from pathlib import Path

import pytest

from assets import ledger, passport
from assets.pull_requests.sources import store
from assets.pull_requests.sources.api import RateLimited
from tests.assets.pull_requests.sources.fetched import PULLS, bundle, fetch, rules
from tests.github_server import NOW, REPOSITORY, Hours, Hub


def test_a_bundle_holds_all_of_it(hub: Hub, tmp_path: Path) -> None:
    hub.page = 3
    pull = hub.add(1, comments=7)
    old = "a" * 40
    hub.lists[1, "commits"].insert(0, {"sha": old})
    hub.lists[1, "comments"][2]["original_commit_id"] = old
    hub.lists[1, "comments"].reverse()
    base, head = pull["base"]["sha"], pull["head"]["sha"]
    hub.diffs |= {
        f"/repos/{REPOSITORY}/compare/{base}...{old}": "as it was reviewed",
        f"/repos/{REPOSITORY}/compare/{old}...{head}": "what followed",
    }
    fetched = fetch(hub, tmp_path)
    found = bundle(fetched, 1)
    assert found["pull"] == pull
    assert [comment["id"] for comment in found["review_comments"]] == [1000 + k for k in range(7)]
    assert found["diff"] == hub.diffs[f"{PULLS}/1"]
    assert found["commits"] == hub.lists[1, "commits"]
    reviewed = {item["commit"]: item for item in found["reviewed"]}
    assert reviewed[old] == {"commit": old, "diff": "as it was reviewed", "follow_up": "what followed", "problem": None}
    assert reviewed[head] == {"commit": head, "diff": found["diff"], "follow_up": "", "problem": None}
    assert fetched.problems.schema == ledger.SCHEMA
    assert fetched.problems.is_empty()
    assert fetched.entries.rows() == [(REPOSITORY, 1, store.digest(found), len(store.canonical(found)))]
    assert list(store.entries(fetched.file)) == fetched.entries.drop("n_bytes").rows()


def test_nothing_is_asked_for_twice(hub: Hub, tmp_path: Path) -> None:
    for number in range(1, 6):
        hub.add(number)
    first = fetch(hub, tmp_path)
    again = fetch(hub, tmp_path)
    assert [asked.status for asked in hub.requests] == [304]
    assert again.entries.equals(first.entries)
    hub.pulls[3]["updated_at"] = "2024-05-05T00:00:00Z"
    hub.lists[3, "comments"][0]["body"] = "edited"
    changed = fetch(hub, tmp_path)
    assert {asked.path for asked in hub.requests if asked.path != PULLS} == {
        f"{PULLS}/3{rest}" for rest in ("", "/comments", "/reviews", "/commits")
    }
    assert bundle(changed, 3)["review_comments"][0]["body"] == "edited"
    assert [a == b for a, b in zip(first.entries["digest"], changed.entries["digest"], strict=True)] == [True, True, False, True, True]


def test_a_pull_request_that_changes_meanwhile_is_fetched_again(hub: Hub, tmp_path: Path) -> None:
    pull = hub.add(1)

    def change(target: str) -> None:
        if target.split("?")[0] == f"{PULLS}/1/reviews" and not hub.asked(f"{PULLS}/1/reviews"):
            pull["updated_at"] = "2024-05-05T00:00:00Z"
            hub.lists[1, "comments"][0]["body"] = "new"

    hub.before = change
    fetched = fetch(hub, tmp_path)
    assert bundle(fetched, 1)["review_comments"][0]["body"] == "new"
    assert fetched.counts["changed_meanwhile"] == 1
    fetch(hub, tmp_path)
    assert hub.asked(f"{PULLS}/1") == 0


def test_one_that_does_not_come_to_rest_is_stored_and_due_again(hub: Hub, tmp_path: Path) -> None:
    pull = hub.add(1)
    ticks = iter(range(1, 60))

    def change(target: str) -> None:
        if target.endswith("/1/reviews?per_page=100"):
            pull["updated_at"] = f"2024-05-05T00:00:{next(ticks):02}Z"

    hub.before = change
    fetched = fetch(hub, tmp_path)
    assert fetched.entries.height == 1
    assert [rule for rule, *_ in rules(fetched)] == ["stale"]
    hub.before = lambda target: None
    calm = fetch(hub, tmp_path)
    assert hub.asked(f"{PULLS}/1") == 3  # pull, diff, and whether it changed
    assert rules(calm) == []


@pytest.mark.parametrize(
    ("status", "rule"),
    [("404", "gone"), ("410", "gone"), ("451", "blocked"), ("403", "forbidden"), ("400", "refused"), ("500", "unreachable")],
)
def test_one_that_cannot_be_had_is_a_problem_and_the_others_are_stored(hub: Hub, tmp_path: Path, status: str, rule: str) -> None:
    for number in (1, 2, 3):
        hub.add(number)
    hub.plan(f"{PULLS}/2", "forever", status)
    fetched = fetch(hub, tmp_path)
    assert fetched.entries["pull_number"].to_list() == [1, 3]
    assert rules(fetched) == [(rule, "dropped", f"{REPOSITORY}#2")]
    assert fetched.problems["row_id"].to_list() == [passport.row_id("bronze_prs", "hub", REPOSITORY, "2")]
    assert (fetched.counts["found"], fetched.counts["up_to_date"], fetched.counts["failed"]) == (3, 2, 1)
    hub.plans.clear()
    mended = fetch(hub, tmp_path)
    assert mended.entries["pull_number"].to_list() == [1, 2, 3]
    assert rules(mended) == []
    assert hub.asked(f"{PULLS}/1") == 0


def test_what_is_stored_stands_in_unless_it_was_taken_away(hub: Hub, tmp_path: Path) -> None:
    for number in (1, 2):
        hub.add(number)
    fetch(hub, tmp_path)
    for number, status in ((1, "500"), (2, "404")):
        hub.pulls[number]["updated_at"] = "2024-05-05T00:00:00Z"
        hub.plan(f"{PULLS}/{number}", "forever", status)
    fetched = fetch(hub, tmp_path)
    assert fetched.entries["pull_number"].to_list() == [1]
    assert rules(fetched) == [("stale", "altered", f"{REPOSITORY}#1 as it was before: unreachable"), ("gone", "dropped", f"{REPOSITORY}#2")]


@pytest.mark.parametrize(("status", "kept"), [("401", 2), ("403", 2), ("404", 0), ("451", 0), ("502", 2)])
def test_a_repository_that_cannot_be_had(hub: Hub, tmp_path: Path, status: str, kept: int) -> None:
    for number in (1, 2):
        hub.add(number)
    fetch(hub, tmp_path)
    hub.plan(PULLS, "forever", status)
    fetched = fetch(hub, tmp_path)
    assert fetched.entries.height == kept
    assert rules(fetched)[0][1:] == ("dropped", f"{REPOSITORY}: {status}")
    assert len(rules(fetched)) == 3 - kept


def test_bad_credentials_and_outages_end_the_repository_not_the_account(hub: Hub, tmp_path: Path) -> None:
    for number in range(1, 21):
        hub.add(number)
        hub.plan(f"{PULLS}/{number}", "forever", "401")
    fetched = fetch(hub, tmp_path, parallel_requests=1)
    assert sum(asked.path.startswith(f"{PULLS}/") for asked in hub.requests) == 1
    assert [rule for rule, *_ in rules(fetched)] == ["forbidden"] * 21
    for number in hub.pulls:
        hub.plan(f"{PULLS}/{number}", "forever", "503")
    fetched = fetch(hub, tmp_path, parallel_requests=1, max_attempts=2)
    assert sum(asked.path.startswith(f"{PULLS}/") for asked in hub.requests) == 6
    assert {rule for rule, *_ in rules(fetched)} >= {"unreachable"}
    assert len(rules(fetched)) == 21
    hub.plans.clear()
    assert fetch(hub, tmp_path).entries.height == 20


def test_a_limit_that_takes_too_long_stops_and_the_next_run_goes_on(hub: Hub, tmp_path: Path) -> None:
    for number in range(1, 7):
        hub.add(number)
    hub.plan(f"{PULLS}/4", "primary")
    with pytest.raises(RateLimited, match="3 of 6 pull requests done"):
        fetch(hub, tmp_path, max_wait_s=60, parallel_requests=1)
    done = {asked.path for asked in hub.requests}
    assert f"{PULLS}/3" in done
    fetched = fetch(hub, tmp_path)
    assert fetched.entries.height == 6
    assert not {asked.path for asked in hub.requests} & {f"{PULLS}/{number}" for number in (1, 2, 3)}


def test_a_limit_is_waited_for_with_a_line_of_progress(hub: Hub, tmp_path: Path) -> None:
    for number in range(1, 7):
        hub.add(number)
    hub.plan(f"{PULLS}/4", "primary")
    clock, log = Hours(), list[str]()
    fetched = fetch(hub, tmp_path, clock, log, parallel_requests=1)
    assert fetched.entries.height == 6
    assert clock.now() - NOW >= 1800
    assert any("3 of 6 pull requests done" in line and "asks to wait 1,801 s" in line for line in log)
    assert (fetched.counts["rate_limited"], fetched.counts["waits"]) == (1, 1)


def test_filters_change_what_is_there_without_fetching_it_again(hub: Hub, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        hub.add(number, state="open" if number < 3 else "closed")
    everything = fetch(hub, tmp_path)
    opened = fetch(hub, tmp_path, state="open")
    assert opened.entries["pull_number"].to_list() == [1, 2]
    assert {asked.path for asked in hub.requests} == {PULLS}
    hub.pulls[2] |= {"state": "closed", "updated_at": "2024-05-05T00:00:00Z"}
    assert fetch(hub, tmp_path, state="open").entries["pull_number"].to_list() == [1]
    assert fetch(hub, tmp_path).entries.height == everything.entries.height


def test_faults_change_nothing(hub: Hub, tmp_path: Path) -> None:
    for number in range(1, 11):
        hub.add(number, comments=5)
    hub.page = 2
    calm = fetch(hub, tmp_path / "calm")
    hub.share, hub.seed = 0.2, 1
    stormy = fetch(hub, tmp_path / "stormy")
    assert stormy.entries.equals(calm.entries)
    assert stormy.problems.is_empty()
    assert stormy.counts["repeated"] + stormy.counts["rate_limited"] > 8
