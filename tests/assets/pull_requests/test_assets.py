"""The pull-request line as assets, on the forge: what is fetched, kept and made of it, and what stops a snapshot."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import httpx
import polars as pl
import pytest

from assets.pull_requests import assets
from assets.pull_requests.sources import store
from resources import platform
from resources.engine import EngineSettings, LocalEngine, Stage
from resources.forge import SMALL, Forge
from resources.github.connected import EMBEDDED
from resources.lake import Lake
from resources.lake.io_manager import LakeIOManager
from resources.settings import Settings
from tests import planted

LINE = (assets.bronze_prs, assets.silver_review_comments, assets.review_tasks)
ROOT = Path(__file__).resolve().parents[3]
NAMES = ("bronze_prs", "silver_review_comments", "review_tasks")


class Reviews:
    """A lake, and the assets over sources of pull requests."""

    def __init__(self, root: Path, **sources: Any) -> None:
        self.root, self.lake, self.sources = root, Lake.at(root / "home"), sources
        self.opt_outs = root / "opt_outs.yaml"
        root.mkdir(exist_ok=True)
        self.opt_outs.write_text("{}")

    def run(self) -> dg.ExecuteInProcessResult:
        profile = {"sources": {"pull_requests": self.sources, "code": {"opt_outs": str(self.opt_outs)}}}
        engine = LocalEngine(self.lake, EngineSettings(workers=0, shard_max_bytes=1_000_000))
        bundle = platform.Platform(Settings.model_validate(profile), self.lake, engine, dg.PipesSubprocessClient())
        return dg.materialize(LINE, resources={"platform": bundle, "io_manager": LakeIOManager(self.lake)}, raise_on_error=False)

    def ids(self) -> dict[str, str | None]:
        return {name: self.lake.current(name) for name in NAMES}

    def rows(self, asset: str) -> pl.DataFrame:
        return self.lake.open(asset).collect()


def failed(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    return {check.check_name: dict(check.metadata) for check in result.get_asset_check_evaluations() if not check.passed}


def metadata(result: dg.ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    (event,) = result.asset_materializations_for_node(asset)
    return {name: value.value for name, value in event.metadata.items()}


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Reviews:
    """The line over the forge that comes along: made once for all tests that only look."""
    reviews = Reviews(tmp_path_factory.mktemp("embedded"), embedded_forge=True, repositories=list(Forge.repositories))
    result = reviews.run()
    assert result.success, failed(result)
    return reviews


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    with Forge.serve(tmp_path / "forge", size=SMALL) as forge:
        yield forge


def test_every_pull_request_and_comment_is_there_or_in_the_ledger(embedded: Reviews) -> None:
    bronze, silver = embedded.rows("bronze_prs"), embedded.rows("silver_review_comments")
    dropped = embedded.lake.snapshot("silver_review_comments").ledger().filter(action="dropped").collect()
    assert bronze.height == 40 and bronze["diff"].null_count() == 0
    assert bronze["review_comments"].list.len().sum() == silver.height + dropped["row_id"].n_unique() > 140
    assert silver.height > 100 and silver["proven"].all()
    assert {"bot", "file_comment"} <= set(dropped["rule"])


def test_the_three_tasks_lead_back_to_pull_request_commit_and_lines(embedded: Reviews) -> None:
    tasks, silver = embedded.rows("review_tasks"), embedded.rows("silver_review_comments")
    assert set(tasks["task"]) == {"needs_comment", "comment", "refine"}
    assert {"no"} < {target[:2] for target in tasks.filter(task="needs_comment")["target"]} <= {"no", "ye"}
    assert set(tasks.filter(task="refine")["target_from"]) == {"suggestion", "follow_up"}
    followed = tasks.filter(task="refine", target_from="follow_up")
    assert followed["follow_up_sha"].null_count() == 0 and (followed["follow_up_sha"] != followed["original_commit_sha"]).all()
    comments = tasks.filter(task="comment").explode("parent_ids")
    joined = comments.join(silver, left_on="parent_ids", right_on="id", suffix="_silver")
    assert joined.height == comments.height > 50
    assert (joined["end_line"] == joined["line"]).all() and (joined["original_commit_sha"] == joined["original_commit_sha_silver"]).all()


def test_nothing_is_fetched_or_computed_twice(embedded: Reviews) -> None:
    before, tasks = embedded.ids(), sorted((embedded.root / "home/memo/tasks").glob("*/*"))
    result = embedded.run()
    assert result.success and embedded.ids() == before
    counts = metadata(result, "bronze_prs")
    assert counts["api_fetched"] == 0 and counts["api_requests"] == 1, "one question whether anything is new"
    assert sorted((embedded.root / "home/memo/tasks").glob("*/*")) == tasks


def test_another_home_and_port_give_the_same_datasets(embedded: Reviews, tmp_path: Path) -> None:
    other = Reviews(tmp_path / "other", **embedded.sources)
    assert other.run().success
    assert other.ids() == embedded.ids()


KILLED = """
import sys
from pathlib import Path
from tests.assets.pull_requests.test_assets import Forge, Reviews
Reviews(Path(sys.argv[1]), embedded_forge=True, repositories=list(Forge.repositories)).run()
"""


@pytest.mark.slow
def test_killed_and_started_again_the_datasets_are_the_same(embedded: Reviews, tmp_path: Path) -> None:
    killed = Reviews(tmp_path / "killed", **embedded.sources)
    for stored, grace_s in ((13, 0.0), (40, 0.5)):
        child = subprocess.Popen([sys.executable, "-c", KILLED, str(killed.root)], cwd=ROOT, stderr=subprocess.DEVNULL)
        while child.poll() is None and len(fetched(killed)) < stored:
            time.sleep(0.01)
        time.sleep(grace_s)
        child.kill()
        child.wait()
    assert killed.ids() != embedded.ids()
    assert killed.run().success
    assert killed.ids() == embedded.ids()


def fetched(reviews: Reviews) -> list[Any]:
    file = store.place(reviews.root / "home" / "pull_requests", EMBEDDED)
    return list(store.entries(file)) if file.exists() else []


def test_a_change_costs_its_pull_request_and_its_shard(forge: Forge, tmp_path: Path) -> None:
    reviews = Reviews(tmp_path / "line", base_url=forge.base_url, name="forge", repositories=list(forge.repositories))
    assert reviews.run().success
    before = reviews.rows("silver_review_comments")
    forge.update(3)
    result = reviews.run()
    assert result.success and metadata(result, "bronze_prs")["api_fetched"] == 1
    new = reviews.rows("silver_review_comments").join(before, on="id", how="anti")
    assert new.height == 1 and new["pull_number"].to_list() == [3]


def test_git_and_files_give_the_lines_that_the_api_gives(forge: Forge, tmp_path: Path) -> None:
    (repository,) = forge.repositories
    of_api = Reviews(tmp_path / "api", base_url=forge.base_url, name="forge", repositories=[repository])
    assert of_api.run().success
    comments = httpx.get(f"{forge.base_url}/repos/{repository}/pulls/comments?per_page=100").json()
    (tmp_path / "comments.jsonl").write_text("".join(json.dumps(comment) + "\n" for comment in comments))
    git = {"url": str(forge.repository_path), "repository": repository, "all_pulls": True}
    of_git = Reviews(tmp_path / "git", files=[str(tmp_path / "comments.jsonl")], git=[git])
    result = of_git.run()
    assert result.success, failed(result)
    place = ("comment_id", "path", "line", "start_line", "side", "line_kind", "body")
    found = [reviews.rows("silver_review_comments").select(place).sort("comment_id") for reviews in (of_api, of_git)]
    assert found[0].equals(found[1]) and found[0].height > 20


def test_who_opted_out_is_neither_asked_about_nor_kept(forge: Forge, tmp_path: Path) -> None:
    reviews = Reviews(tmp_path / "line", base_url=forge.base_url, name="forge", repositories=list(forge.repositories))
    reviews.opt_outs.write_text("owners: [corpusmith]")
    result = reviews.run()
    assert result.success and forge.requests == []
    assert reviews.rows("bronze_prs").is_empty()
    assert reviews.lake.snapshot("bronze_prs").ledger().collect()["rule"].to_list() == ["opted_out"]


def test_a_profile_without_pull_requests_has_empty_datasets(tmp_path: Path) -> None:
    reviews = Reviews(tmp_path / "line")
    result = reviews.run()
    assert result.success, failed(result)
    assert [reviews.rows(name).height for name in NAMES] == [0, 0, 0]


def test_a_host_that_is_away_is_in_the_ledger_and_what_was_there_stays(forge: Forge, tmp_path: Path) -> None:
    sources = {"name": "forge", "repositories": list(forge.repositories), "max_attempts": 1, "timeout_s": 1}
    reviews = Reviews(tmp_path / "line", base_url=forge.base_url, **sources)
    assert reviews.run().success
    before = reviews.rows("bronze_prs")
    reviews.sources["base_url"] = "http://127.0.0.1:9"
    result = reviews.run()
    assert result.success, failed(result)
    assert reviews.rows("bronze_prs").equals(before)
    assert reviews.lake.snapshot("bronze_prs").ledger().filter(rule="unreachable").collect().height == 1


def test_a_comment_beside_its_line_reaches_no_reader(embedded: Reviews, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stage with a bug, as after a careless change: the audit, which counts for itself, keeps its output away."""
    before = embedded.ids()
    monkeypatch.setattr(assets, "DROP_REPEATS", Stage(planted.comments_one_line_off, version="1"))
    result = embedded.run()
    assert not result.success and embedded.ids() == before
    assert set(failed(result)) == {"comments_sit_on_their_line"}
    assert embedded.lake.current("silver_review_comments", "rejected")
