"""The code line as assets, on folders and a git repository: what is kept, what is not and why, and what stops a snapshot."""

import gzip
import hashlib
import subprocess
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets import ledger
from assets.code import assets
from assets.code.sources import object_store
from assets.redaction import redaction
from resources import platform
from resources.engine import LocalEngine, Stage
from resources.lake import Lake
from resources.lake.io_manager import LakeIOManager
from resources.settings import Settings
from tests import faulty_s3

MIT = """MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files, to deal
in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense,
and/or sell copies of the Software. The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the software. The software is provided "as is", without warranty of any kind, express or implied.
"""
NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
ADDRESS = "jane.roe" + "@" + "corp-mail.net"
TOKEN = "gh" + "p_" + "16C7e42F292c6912E7710c838347Ae178B4a"
GIT = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "init.defaultBranch=main"]
LINE = ("raw_code", "clean_code", "near_duplicate_clusters", "deduplicated_code")


def module(word: str, functions: int = 10) -> str:
    """A file of `functions` functions, none of which is in a file about another word."""
    parts = [f'def {word}_{name}(value):\n    """Return {name} of {word}."""\n    return value + len("{word} {name}")' for name in NAMES]
    return "\n\n\n".join(parts[:functions]) + "\n"


class Code:
    """Sources under `root`, and the assets over them."""

    def __init__(self, root: Path, lake: Lake, engine: LocalEngine) -> None:
        self.root, self.lake, self.engine = root, lake, engine
        self.write("one/LICENSE", MIT)
        self.write("one/apples.py", module("apples"))
        self.write("two/LICENSE", MIT)
        self.write("two/pears.py", module("pears"))

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def run(self, profile: dict[str, Any] | None = None, opt_outs: str = "{}") -> dg.ExecuteInProcessResult:
        self.write("opt_outs.yaml", opt_outs)
        profile = profile or {}
        sources = {"folders": [str(self.root / "one"), str(self.root / "two")], "opt_outs": str(self.root / "opt_outs.yaml")}
        sources |= profile.get("sources", {})
        settings = Settings.model_validate({"sources": {"code": sources}, "code": profile.get("code", {})} | profile.get("more", {}))
        bundle = platform.Platform(settings, self.lake, self.engine, dg.PipesSubprocessClient())
        resources = {"platform": bundle, "io_manager": LakeIOManager(self.lake)}
        return dg.materialize([getattr(assets, name) for name in LINE], resources=resources, raise_on_error=False)

    def rows(self, asset: str) -> list[dict[str, Any]]:
        return self.lake.open(asset).sort("path").collect().to_dicts()

    def rules(self, asset: str) -> dict[str, str]:
        """Rule -> what it says of the first row."""
        entries = self.lake.snapshot(asset).ledger().sort("rule").collect()
        return dict(entries.select("rule", "detail").rows())


@pytest.fixture
def code(tmp_path: Path, lake: Lake, engine: LocalEngine) -> Code:
    return Code(tmp_path, lake, engine)


def failed(result: dg.ExecuteInProcessResult) -> dict[str, list[str]]:
    found = [check for check in result.get_asset_check_evaluations() if not check.passed]
    return {check.check_name: list(check.metadata["row_ids"].value) for check in found if "row_ids" in check.metadata}  # type: ignore[arg-type]


def test_a_copy_with_a_small_change_goes_and_the_dataset_says_why(code: Code) -> None:
    code.write("two/copy.py", module("apples").replace("value + len", "value - len", 1))
    assert code.run().success
    clusters = {row["parent_ids"][0]: row for row in code.lake.open("near_duplicate_clusters").collect().to_dicts()}
    clean = {row["path"]: row["id"] for row in code.rows("clean_code")}
    copy, original = clusters[clean["copy.py"]], clusters[clean["apples.py"]]
    loser = original if copy["keep"] else copy
    assert copy["cluster_id"] == original["cluster_id"] and loser["kind"] == "near" and 0.7 < loser["jaccard"] < 1
    assert [row["path"] for row in code.rows("deduplicated_code") if row["cluster_size"] == 2 and row["language"]] in (
        ["apples.py"],
        ["copy.py"],
    )
    (entry,) = code.lake.snapshot("deduplicated_code").ledger().filter(rule="near_duplicate").collect().to_dicts()
    assert entry["threshold"] == 0.7 and entry["score"] == loser["jaccard"]


def test_a_later_run_is_the_same_as_a_full_one(code: Code, tmp_path: Path) -> None:
    code.write("two/copy.py", module("apples").replace("value + len", "value - len", 1))
    code.run()
    code.write("two/late.py", module("apples").replace("len", "hash", 1))
    assert code.run().success
    full = Code(tmp_path, Lake.at(tmp_path / "other"), LocalEngine(Lake.at(tmp_path / "other"), code.engine.settings))
    full.write("two/copy.py", module("apples").replace("value + len", "value - len", 1))
    assert full.run().success
    assert {asset: code.lake.current(asset) for asset in LINE} == {asset: full.lake.current(asset) for asset in LINE}


def test_secrets_and_names_are_replaced_and_never_written_down(code: Code) -> None:
    code.write("one/mail.py", module("mail") + f'\nOWNER = "{ADDRESS}"\nTOKEN = "{TOKEN}"\n')
    result = code.run()
    assert result.success, failed(result)
    (mail,) = (row for row in code.rows("clean_code") if row["path"] == "mail.py")
    assert {entry["class"]: entry["count"] for entry in mail["redactions"]} == {"email": 1, "github_token": 1}
    assert mail["parsed_before"] is None and "@example.com" in mail["content"]
    written = [mail["content"], str(code.rules("clean_code")), *(str(event) for event in result.all_events)]
    assert not any(value in text for value in (ADDRESS, TOKEN) for text in written)
    assert "mail.py offsets" in code.rules("clean_code")["email"]
    (materialization,) = result.asset_materializations_for_node("clean_code")
    assert materialization.metadata["redacted_email"].value == 1


def test_a_redactor_that_fails_is_found_out(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    code.write("one/mail.py", module("mail") + f'\nOWNER = "{ADDRESS}"\nTOKEN = "{TOKEN}"\n')
    monkeypatch.setattr(assets, "REDACT", Stage(idle, version="1"))
    result = code.run()
    assert not result.success and code.lake.current("clean_code") is None
    assert len(failed(result)["no_secrets"]) == len(failed(result)["no_personal_data"]) == 1


def test_a_redactor_that_breaks_files_is_found_out(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "REDACT", Stage(break_files, version="1"))
    assert len(failed(code.run())["still_parses"]) == 2


def test_a_policy_that_was_not_applied_is_found_out(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    code.write("one/gpl.py", "# SPDX-License-Identifier: GPL-3.0-only\n" + module("gpl"))
    assert code.run().success
    assert code.rules("clean_code")["license_denied"].endswith("gpl.py GPL-3.0-only")
    monkeypatch.setattr(assets, "LICENSE", Stage(idle_policy, version="1"))
    assert len(failed(code.run())["licences_are_allowed"]) == 1


def test_what_is_opted_out_is_not_read(code: Code) -> None:
    code.write("one/signed.py", "# Author: Jane Q. Example\n" + module("signed"))
    listed = f"repositories: ['{code.root / 'two'}']\nauthors: [Jane Q. Example]\n"
    assert code.run(opt_outs=listed).success
    assert [row["path"] for row in code.rows("raw_code")] == ["LICENSE", "apples.py"]
    entries = code.lake.snapshot("raw_code").ledger().collect()
    assert set(entries["rule"]) == {"opted_out"} and entries.height == 3 and "Jane" not in str(entries["detail"].to_list())


def test_an_opt_out_that_was_not_applied_is_found_out(code: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets.opt_outs, "drop_listed", lambda found, _: (found, ledger.empty()))
    result = code.run(opt_outs="paths: ['pears.*']")
    assert len(failed(result)["nothing_opted_out"]) == 1 and code.lake.current("raw_code") is None


def test_a_dead_repository_is_a_ledger_row_and_the_others_are_read(code: Code, tmp_path: Path) -> None:
    repository = tmp_path / "service"
    code.write("service/LICENSE", MIT)
    code.write("service/plums.py", module("plums"))
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*GIT, *command], cwd=repository, check=True)
    code.write("repositories.txt", f"{repository} main\nhttp://127.0.0.1:9/team/away.git  # nobody listens there\n")
    code.write("metadata.jsonl", f'{{"url": "{repository}", "stars": 12, "topics": ["fruit"]}}\n')
    sources = {"repositories_from": [str(tmp_path / "repositories.txt")], "repository_metadata": [str(tmp_path / "metadata.jsonl")]}
    result = code.run({"sources": sources | {"folders": []}})
    assert result.success
    (plums,) = (row for row in code.rows("deduplicated_code") if row["path"] == "plums.py")
    assert (plums["stars"], plums["topics"], plums["license"], plums["license_source"]) == (12, ["fruit"], "MIT", "repository")
    assert code.rules("raw_code")["unreachable"].startswith("http://127.0.0.1:9/team/away.git: ")
    (materialization,) = result.asset_materializations_for_node("raw_code")
    assert materialization.metadata["listing_unreachable"].value == 1
    only = code.run({"sources": {"repositories_from": [], "git": [{"url": "http://127.0.0.1:9/team/away.git"}], "folders": []}})
    assert not only.success and "away.git" in str(only.failure_data_for_node("raw_code"))


def test_archived_files_are_fetched_once_and_counted(code: Code, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in object_store.CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    texts = [module(word).encode() for word in ("quinces", "medlars", "sloes")]
    blobs = [hashlib.sha1(text).hexdigest() for text in texts]
    repositories = {"repo_name": ["orchard/shop"] * 3, "star_events_count": [5, 50, 500], "gha_license_id": ["MIT"] * 3}
    rows = {
        "blob_id": blobs,
        "path": ["/quinces.py", "/medlars.py", "/sloes.py"],
        "src_encoding": ["UTF-8"] * 3,
        "language": ["Python"] * 3,
    }
    pl.DataFrame(rows | repositories).write_parquet(tmp_path / "stack.parquet")
    with faulty_s3.serve() as server:
        faulty_s3.fill(server.url, "softwareheritage", {blob: gzip.compress(text) for blob, text in zip(blobs[:2], texts, strict=False)})
        server.requests.clear()
        server.plan(blobs[1], "503 SlowDown", "truncated")
        store = {"endpoint_url": server.url, "max_attempts": 4, "max_backoff_s": 0.1}
        archive = [{"files": [str(tmp_path / "stack.parquet")], "min_stars": 10, "store": store}]
        result = code.run({"sources": {"software_heritage": archive, "folders": []}})
        assert result.success, [event.message for event in result.all_events if event.is_failure]
        (file,) = code.rows("deduplicated_code")
        assert (file["path"], file["stars"], file["repository"]) == ("medlars.py", 50, "https://github.com/orchard/shop")
        assert code.rules("raw_code")["missing"].endswith("sloes.py") and server.asked(blobs[0]) == 0
        (materialization,) = result.asset_materializations_for_node("raw_code")
        assert materialization.metadata["blobs_fetched"].value == 1
        asked = server.asked(blobs[1])
        assert code.run({"sources": {"software_heritage": archive, "folders": []}}).success and server.asked(blobs[1]) == asked
    away = [{"files": [str(tmp_path / "stack.parquet")], "store": {"endpoint_url": "http://127.0.0.1:9", "max_attempts": 1}}]
    dead = code.run({"sources": {"software_heritage": away, "folders": []}})
    assert not dead.success and "127.0.0.1:9" in str(dead.failure_data_for_node("raw_code"))


def test_files_near_a_second_dataset_are_dropped(code: Code, tmp_path: Path) -> None:
    published = pl.DataFrame({"text": [module("pears").replace("len", "sum", 1), module("unrelated")]})
    published.write_parquet(tmp_path / "benchmark.parquet")
    against = [{"name": "benchmark", "parquet": str(tmp_path / "benchmark.parquet"), "content_column": "text"}]
    assert code.run({"code": {"deduplication": {"against": against}}}).success
    assert [row["path"] for row in code.rows("deduplicated_code") if row["language"]] == ["apples.py"]
    assert "reference_duplicate" in code.rules("deduplicated_code")


def test_files_near_an_earlier_snapshot_are_dropped(code: Code) -> None:
    code.run()
    earlier = code.lake.current("deduplicated_code")
    code.write("one/new.py", module("new"))
    against = [{"name": "last", "dataset": "deduplicated_code", "snapshot": earlier}]
    assert code.run({"code": {"deduplication": {"against": against}}, "more": {"checks": {"max_row_loss_share": 1}}}).success
    assert [row["path"] for row in code.rows("deduplicated_code") if row["language"]] == ["new.py"]


def test_survivors_are_chosen_by_the_order_of_the_profile(code: Code) -> None:
    code.write("two/copy.py", module("apples") + "\n\n\ndef apples_more(value):\n    return value\n")
    for order, survivor in (("n_bytes", "apples.py"), ("n_bytes desc", "copy.py")):
        assert code.run({"code": {"deduplication": {"survivor_order": order}}}).success
        assert [row["path"] for row in code.rows("deduplicated_code") if row["cluster_size"] == 2 and row["language"]] == [survivor]


def idle(files: pl.DataFrame, settings: redaction.RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Replace nothing."""
    kept, told = redaction.redact_files(files.with_columns(content=pl.lit("")), settings)
    return kept.with_columns(files.select("content", "n_bytes", "sha256")), told


def break_files(files: pl.DataFrame, settings: redaction.RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Break what has a grammar."""
    kept, told = redaction.redact_files(files, settings)
    python = pl.col("language") == "Python"
    return kept.with_columns(content=pl.when(python).then(pl.lit("def (")).otherwise("content"), parsed_before=python), told


def idle_policy(files: pl.DataFrame, settings: Any) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Allow everything."""
    return files, ledger.empty()
