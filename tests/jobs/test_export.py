from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.corpus.exports.settings import FORMATS
from jobs.export import DATASET, export_splits
from resources.lake import Lake, Snapshot
from tests.assets.corpus.exports.examples import CONVERSATIONS, frame


@pytest.fixture
def snapshot(lake: Lake) -> Snapshot:
    draft = lake.draft(DATASET)
    rows = frame(CONVERSATIONS)
    draft.parts = [lake.put(rows.head(7), "a"), lake.put(rows.slice(7), "b")]
    made = lake.commit(draft)
    lake.publish(made, draft.base)
    return made


def run(lake: Lake, **config: Any) -> dg.ExecuteInProcessResult:
    run_config = {"ops": {"write_exports": {"config": config}}}
    return export_splits.execute_in_process(run_config=run_config, resources={"lake": lake}, raise_on_error=False)


def failure(result: dg.ExecuteInProcessResult) -> str:
    (event,) = [event for event in result.all_events if event.event_type_value == "STEP_FAILURE"]
    return str(event.step_failure_data.user_failure_data.description)


def test_the_published_snapshot_in_every_format(lake: Lake, snapshot: Snapshot, capfd: pytest.CaptureFixture[str]) -> None:
    folder = lake.storage.root / "exports" / snapshot.id
    assert run(lake).success
    assert sorted(path.name for path in folder.iterdir()) == sorted(FORMATS)
    assert "csv: train 4, validation 4, test 0 rows in" in (said := capfd.readouterr().err)
    assert "left out: 6 tools, 2 reads_as_missing, 2 several_questions, 2 turns_do_not_alternate" in said
    assert run(lake).success
    assert f"gemma: {folder / 'gemma'} holds this snapshot already, all files as exported: nothing to do" in capfd.readouterr().err


def test_some_formats_and_splits_into_a_folder(lake: Lake, snapshot: Snapshot, tmp_path: Path) -> None:
    config = {"formats": ["openai-jsonl", "gemma"], "splits": ["validation"], "folder": str(tmp_path / "x"), "snapshot": snapshot.id}
    assert run(lake, **config).success
    assert sorted(path.name for path in (tmp_path / "x" / snapshot.id).iterdir()) == ["gemma", "openai-jsonl"]
    assert not (tmp_path / "x" / snapshot.id / "gemma" / "train.jsonl").exists()
    assert failure(run(lake, **config, with_bos=True)).startswith(f"{tmp_path / 'x' / snapshot.id / 'gemma'} holds another export")


def test_what_is_wrong_is_said(lake: Lake, snapshot: Snapshot) -> None:
    assert failure(run(lake, snapshot="0000")) == f"chatml_splits has no snapshot 0000 (there are: {snapshot.id})."
    assert failure(run(lake, formats=["json"])).startswith("formats: no json: give some of csv, alpaca-jsonl")
    assert "Input should be 'train', 'validation' or 'test'" in failure(run(lake, splits=["dev"]))
    (lake.storage.root / snapshot.shards[0].key).write_bytes(b"x")
    assert "hashes to" in failure(run(lake))


def test_nothing_published_is_said(lake: Lake) -> None:
    assert failure(run(lake)) == "chatml_splits has no published snapshot: materialize chatml_splits first."
