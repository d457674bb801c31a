"""Weights & Biases beside a training: offline without a key, and never a reason to fail."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


class Tracker:
    """Sends numbers to a W&B run in `folder`/wandb (WANDB_DIR/wandb if that is set); the first error turns it off with a warning."""

    def __init__(self, folder: Path, run_id: str, settings: Mapping[str, Any], enabled: bool = True) -> None:
        """Start the run `run_id`, online when WANDB_API_KEY is set; a resumed training continues it."""
        self.run: Any = None
        if not enabled:
            return
        try:
            self.run = _start(folder, run_id, settings)
        except Exception as error:
            self._give_up(error)

    def record(self, step: int, numbers: Mapping[str, float]) -> None:
        """Send `numbers` of `step`."""
        try:
            if self.run is not None:
                self.run.log(dict(numbers), step=step)
        except Exception as error:
            self._give_up(error)

    def finish(self) -> None:
        """Flush and close the run."""
        try:
            if self.run is not None:
                self.run.finish()
        except Exception as error:
            self._give_up(error)
        self.run = None

    def _give_up(self, error: Exception) -> None:
        # The type only: a message of the client may quote the request, and with it the key.
        log.warning("W&B tracking is off: %s", type(error).__name__)
        self.run = None


def _start(folder: Path, run_id: str, settings: Mapping[str, Any]) -> Any:
    import wandb

    mode = "online" if os.environ.get("WANDB_API_KEY") else "offline"
    options = wandb.Settings(silent=True, console="off", init_timeout=20, disable_git=True, disable_code=True, x_disable_stats=True)
    return wandb.init(
        project=os.environ.get("WANDB_PROJECT", "corpusmith"),
        id=run_id,
        resume="allow" if mode == "online" else None,
        dir=os.environ.get("WANDB_DIR") or str(folder),
        mode=mode,  # type: ignore[arg-type]
        config=dict(settings),
        settings=options,
    )
