# ruff: noqa: TID253
"""TRL's trainer with the loss computed where it counts, and what happens between its steps.

The classes below need their bases at import, so this module is heavy: only `training` imports it, inside a function.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import TrainerCallback
from trl import SFTTrainer

from assets.model import work_folder
from assets.model.chat_template import IGNORED
from assets.model.tracking import Tracker
from assets.model.training import Progress, best_checkpoint


class AnswerTrainer(SFTTrainer):
    """Computes logits only at positions that some answer of the batch is trained on.

    TRL's own loss does so at every position. With a vocabulary of 49,152 and questions four times as long as answers
    that is more work than the rest of a small model.
    """

    def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """Return the cross entropy (nats) per trained token; a position predicts the token after it."""
        targets = inputs["labels"][:, 1:]
        trained = (targets != IGNORED).any(dim=0).nonzero().squeeze(1)
        outputs = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], logits_to_keep=trained, use_cache=False)
        logits, kept = outputs.logits.float(), targets[:, trained]
        total = torch.nn.functional.cross_entropy(logits.flatten(0, 1), kept.flatten(), ignore_index=IGNORED, reduction="sum")
        count = (kept != IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
        loss = total / torch.as_tensor(count, device=total.device).clamp(min=1)
        return (loss, outputs) if return_outputs else loss

    def create_model_card(self, *args: Any, **kwargs: Any) -> None:
        """Write none: TRL would for each checkpoint, and ask W&B for an address that an offline run does not have."""


class Checkpointing(TrainerCallback):
    """Seals each checkpoint, keeps the best and the last one, and reports progress."""

    def __init__(self, folder: Path, max_steps: int, report: Callable[[Progress], None], tracker: Tracker) -> None:
        """Report to `report` and `tracker`; `folder` is the trainer's output folder."""
        self.folder, self.max_steps, self.report, self.tracker = folder, max_steps, report, tracker
        self.started = (0, 0.0)

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Start the clock that the remaining time is estimated with."""
        self.started = (state.global_step, time.monotonic())

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        """Score and save the last step too when it is not on the grid."""
        if state.global_step >= self.max_steps:
            control.should_evaluate = control.should_save = True
        return control

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **kwargs: Any) -> None:
        """Tell where the training is."""
        numbers = {key: value for key, value in (logs or {}).items() if key in ("loss", "eval_loss", "learning_rate")}
        if not {"loss", "eval_loss"} & numbers.keys():
            return
        done, elapsed_s = state.global_step - self.started[0], time.monotonic() - self.started[1]
        eta_s = (self.max_steps - state.global_step) * elapsed_s / done if done else None
        self.report(Progress(state.global_step, self.max_steps, numbers.get("loss"), numbers.get("eval_loss"), eta_s))
        self.tracker.record(state.global_step, numbers)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Seal the checkpoint first, delete others after: at every moment one complete checkpoint and its best are there."""
        work_folder.seal(self.folder / f"checkpoint-{state.global_step}")
        work_folder.prune(self.folder, {state.global_step, best_checkpoint(state.log_history)[0]})
