import logging
from pathlib import Path
from typing import Any

import pytest

from assets.model.tracking import Tracker


@pytest.mark.slow
def test_without_a_key_a_run_is_kept_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    tracker = Tracker(tmp_path, "run1", {"seed": 1})
    tracker.record(1, {"loss": 2.0})
    tracker.finish()
    assert list(tmp_path.glob("wandb/offline-run-*/run-run1.wandb"))
    assert "tracking is off" not in caplog.text


def test_failure_is_a_warning_without_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import wandb

    def refuse(**options: Any) -> None:
        raise ConnectionError(f"refused for key {'k' * 40}")

    monkeypatch.setattr(wandb, "init", refuse)
    with caplog.at_level(logging.WARNING):
        tracker = Tracker(tmp_path, "run1", {})
    tracker.record(1, {"loss": 2.0})
    tracker.finish()
    assert "W&B tracking is off: ConnectionError" in caplog.text
    assert "kkkk" not in caplog.text
