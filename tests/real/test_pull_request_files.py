"""Pull requests that others exported, read as files."""

import json
from pathlib import Path

import polars as pl
import pytest

from assets import validation
from assets.pull_requests.bronze import payloads
from assets.pull_requests.bronze.payloads import Bundle, PayloadSettings
from assets.pull_requests.bronze.reading import PullReadingSettings, read_pull_requests
from assets.pull_requests.sources import files, listing

GITHUB = Path(__file__).resolve().parents[3] / "shared" / "data" / "github"
REVIEWS, WEBHOOKS = GITHUB / "git-client-plugin-reviews", GITHUB / "octokit-webhooks"
CONTRACT = validation.settings_for("assets.pull_requests.schema:BronzePrs")


@pytest.mark.skipif(not REVIEWS.exists(), reason="needs the shared data")
def test_git_client_plugin() -> None:
    listed, problems = files.list_files([REVIEWS])
    assert problems.is_empty() and listed.height == 78
    read = [read_pull_requests(rows, PullReadingSettings()) for _, rows in listing.shard_listing(listed, 300_000)]
    kept, told = (pl.concat(frames) for frames in zip(*read, strict=True))
    assert len(read) > 2 and told.is_empty()
    assert validation.validate(kept, CONTRACT)[0].is_empty()
    assert kept["repository"].unique().to_list() == ["jenkinsci/git-client-plugin"]
    assert kept["host"].unique().to_list() == ["https://github.com"] and kept["diff"].null_count() == 0
    commented = kept.filter(pl.col("review_comments").list.len() > 0).select("pull_number", "review_comments")
    comments = commented.explode("review_comments").unnest("review_comments")
    assert comments.height == 310
    needed = ("author", "body", "path", "diff_hunk", "original_commit_id", "original_position", "created_at", "payload")
    assert comments.select(needed).null_count().row(0) == (0,) * len(needed)
    assert all(f"/pull/{number}#" in url for number, url in comments.select("pull_number", "html_url").iter_rows())


@pytest.mark.skipif(not WEBHOOKS.exists(), reason="needs the shared data")
def test_webhooks() -> None:
    events = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(WEBHOOKS.glob("*/*.json"))]
    bundles = []
    for number, event in enumerate(events):
        lists = {"review_comments": [event["comment"]] if "comment" in event else event.get("thread", {}).get("comments", [])}
        lists |= {"reviews": [event["review"]] if "review" in event else []}
        pull = event["pull_request"]
        bundles.append(
            Bundle("files", f"https://host-{number}.example", event["repository"]["full_name"], pull["number"], {"pull": pull} | lists)
        )
    kept, told = payloads.rows(bundles, PayloadSettings())
    assert told.is_empty() and validation.validate(kept, CONTRACT)[0].is_empty()
    assert kept.height == len(events) > 30
    for name in ("title", "author", "base_sha", "head_sha", "created_at", "payload"):
        assert kept[name].null_count() == 0
    comments = kept["review_comments"].list.explode(keep_nulls=False, empty_as_null=False).struct.unnest()
    reviews = kept["reviews"].list.explode(keep_nulls=False, empty_as_null=False).struct.unnest()
    assert comments.height >= 4 and comments["id"].null_count() == 0 and comments["diff_hunk"].null_count() == 0
    assert reviews.height >= 3 and set(reviews["state"]) <= {"APPROVED", "COMMENTED", "DISMISSED", "CHANGES_REQUESTED"}
