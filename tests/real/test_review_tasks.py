"""Review tasks from 78 pull requests that others wrote: nothing lost, and every comment on the line that GitHub showed it on."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.pull_requests.bronze.payloads import Bundle, PayloadSettings, rows
from assets.pull_requests.diffs import patches
from assets.pull_requests.schema import ReviewTasks
from assets.pull_requests.silver import comments, validity
from assets.pull_requests.tasks import claims as task_claims
from assets.pull_requests.tasks.making import ReviewTaskSettings, make_tasks
from assets.pull_requests.tasks.review_chat import ReviewChatSettings, to_review_chat
from assets.redaction.redaction import RedactionSettings

REVIEWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "github" / "git-client-plugin-reviews"
pytestmark = pytest.mark.skipif(not REVIEWS.exists(), reason="needs the shared data")
Made = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def said() -> dict[int, dict[str, Any]]:
    """Every comment as it was fetched, by id."""
    lines = [line for file in sorted(REVIEWS.glob("*.jsonl")) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {comment["id"]: comment for comment in map(json.loads, lines)}


@pytest.fixture(scope="module")
def made(said: dict[int, dict[str, Any]]) -> Made:
    """Silver (not yet redacted), tasks and ledger."""
    bundles = []
    for file in sorted(REVIEWS.glob("*.diff")):
        owner, name, number = file.stem.split("_")
        own = [comment for comment in said.values() if f"/{owner}/{name}/pull/{number}#" in comment["html_url"]]
        content = {"diff": file.read_bytes().decode("utf-8", "replace"), "review_comments": own}
        bundles.append(Bundle("files", "https://github.com", f"{owner}/{name}", int(number), content))
    bronze, _ = rows(bundles, PayloadSettings())
    silver, _ = validity.label(
        comments.align_comments(bronze, comments.AlignSettings())[0].with_columns(redactions=pl.lit([], pl.List(pl.String))),
        validity.ValiditySettings(),
    )
    return silver, *make_tasks(bronze, ReviewTaskSettings(), silver)


def test_nothing_is_lost_and_the_contract_holds(made: Made) -> None:
    silver, tasks, ledger = made
    ReviewTasks.validate(tasks, lazy=True)
    assert tasks["id"].is_unique().all() and set(tasks["task"]) == {"needs_comment", "comment", "refine"}
    for task in ("comment", "refine"):
        kept = tasks.filter(pl.col("task") == task)["parent_ids"].list.first().to_list()
        dropped = ledger.filter(pl.col("detail").str.starts_with(f"{task} "))["row_id"].to_list()
        assert sorted(kept + dropped) == sorted(silver["id"])


def test_comments_are_on_the_line_that_was_shown(made: Made, said: dict[int, dict[str, Any]]) -> None:
    silver, tasks, _ = made
    numbers = dict(silver.select("id", "comment_id").iter_rows())
    found = tasks.filter(pl.col("task") == "comment")
    for row in found.iter_rows(named=True):
        hunk, shown = patches.parse_hunk(row["hunk"]), said[numbers[row["parent_ids"][0]]]["diff_hunk"].split("\n")[-1]
        line = hunk.line(row["side"], row["end_line"]) if hunk else None
        assert line and line.text == shown.removesuffix("\r")[1:]
    assert found.height > 150 and task_claims.not_answerable(tasks)[0].is_empty()


def test_answers_of_refine_are_what_was_suggested(made: Made, said: dict[int, dict[str, Any]]) -> None:
    silver, tasks, _ = made
    numbers = dict(silver.select("id", "comment_id").iter_rows())
    found = tasks.filter(pl.col("target_from") == "suggestion")
    bodies = [said[numbers[row["parent_ids"][0]]]["body"].replace("\r\n", "\n") for row in found.iter_rows(named=True)]
    blocks = [body.split("```suggestion\n")[1].split("```")[0].removesuffix("\n") for body in bodies]
    exact = [target == block for target, block in zip(found["target"], blocks, strict=True)]
    # What a suggestion deletes is shown by the line above.
    assert found.height >= 15 and all(right or not block.strip() for right, block in zip(exact, blocks, strict=True))
    assert sum(exact) >= 10


def test_nothing_personal_is_left_in_hunks(made: Made) -> None:
    hunks = made[1].with_columns(comment=pl.lit(None, pl.String), target=pl.lit("no"))
    assert task_claims.left_in_tasks(hunks, RedactionSettings())[0].rows() == []


def test_chats_of_one_pull_request_are_one_group(made: Made) -> None:
    chats, ledger = to_review_chat(made[1], ReviewChatSettings())
    assert chats.height == made[1].height and chats["id"].is_unique().all() and ledger.height < chats.height
    assert set(chats["group_keys"].list.first()) == {f"pull_request:{group}" for group in made[1]["group_id"]}
