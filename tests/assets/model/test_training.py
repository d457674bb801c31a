import hashlib
import json
import multiprocessing
import os
import shutil
import signal
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.model import training, work_folder
from assets.model.adapter_files import LOG
from assets.model.training import BEST, RESULT, Progress, TrainingSettings, best_checkpoint

SETTINGS = TrainingSettings(
    max_steps=7, batch_size=2, gradient_accumulation=2, evaluate_every_steps=2, validation_examples=4, lora_rank=2, lora_dropout=0.1,
    learning_rate=5e-2, n_threads=1, tracking=False,
)  # fmt: skip


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def report_and_die_at_step_3(progress: Progress) -> None:
    if progress.step == 3:
        die()


def run(base: str, splits: str, folder: str, moment: str) -> None:
    """Train; die at `moment`. Each way to die stands for a place at which a kill leaves something half done."""
    report: Any = report_and_die_at_step_3 if moment == "between checkpoints" else lambda progress: None
    if moment == "while saving":
        work_folder.seal = lambda checkpoint: (os.truncate(checkpoint / "optimizer.pt", 100), die()) if "-4" in checkpoint.name else None
    if moment == "while pruning":
        shutil.rmtree = lambda path, **_: ((Path(path) / "optimizer.pt").unlink(missing_ok=True), die())  # type: ignore[assignment]
    if moment == "while publishing":
        shutil.copyfile = lambda source, target: die()  # type: ignore[assignment]
    training.train(Path(base), [Path(splits)], Path(folder), SETTINGS, report)


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes forked from one that has imported the libraries and computed nothing: ten seconds once, not each time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "peft", "transformers", "trl", "datasets"])
    return context


def start(processes: ForkServerContext, base: Path, splits: Path, folder: Path, moment: str = "never") -> int | None:
    process = processes.Process(target=run, args=(str(base), str(splits), str(folder), moment))
    process.start()
    process.join(100)
    return process.exitcode


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def undisturbed(processes: ForkServerContext, tiny_base: Path, splits_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(processes, tiny_base, splits_file, folder) == 0
    return folder


@pytest.mark.slow
def test_killed_training_ends_in_the_same_bytes(
    processes: ForkServerContext, undisturbed: Path, tiny_base: Path, splits_file: Path, tmp_path: Path
) -> None:
    steps = []
    for moment in ("between checkpoints", "while saving", "while pruning", "while publishing"):
        assert start(processes, tiny_base, splits_file, tmp_path, moment) == -signal.SIGKILL, moment
        steps.append(sorted(path.name for path in tmp_path.glob("checkpoint-*")))
        assert not (tmp_path / BEST).exists()
    assert steps[0] == ["checkpoint-2"]
    assert steps[1] == ["checkpoint-2", "checkpoint-4"]
    assert start(processes, tiny_base, splits_file, tmp_path) == 0
    assert digests(tmp_path / BEST) == digests(undisturbed / BEST)


def test_what_is_published(undisturbed: Path, tiny_base: Path) -> None:
    best = undisturbed / BEST
    config = json.loads((best / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == SETTINGS.base_model_name
    assert config["target_modules"] == sorted(SETTINGS.target_modules)
    for path in best.iterdir():
        assert str(tiny_base).encode() not in path.read_bytes(), path.name
    for name in ("tokenizer.json", "chat_template.jinja"):
        assert (best / name).read_bytes() == (tiny_base / name).read_bytes()
    curve = json.loads((best / LOG).read_text())
    assert [entry["step"] for entry in curve if "eval_loss" in entry] == [2, 4, 6, 7]
    assert [entry["step"] for entry in curve if "loss" in entry] == list(range(1, 8))
    assert {key for entry in curve for key in entry} == {"step", "loss", "eval_loss", "learning_rate"}
    kept = {path.name for path in undisturbed.glob("checkpoint-*")}
    assert kept == {"checkpoint-7", f"checkpoint-{best_checkpoint(curve)[0]}"}


def test_finished_training_is_not_repeated_and_other_settings_are(undisturbed: Path, tiny_base: Path, splits_file: Path) -> None:
    before = (undisturbed / BEST / LOG).stat().st_mtime_ns
    result = training.train(tiny_base, [splits_file], undisturbed, SETTINGS, lambda progress: pytest.fail("trained again"))
    assert (result.n_train_examples, result.n_validation_examples) == (32, 4)
    assert (undisturbed / BEST / LOG).stat().st_mtime_ns == before
    rows = [pl.DataFrame({"id": ["a"]})]
    other = SETTINGS.model_copy(update={"learning_rate": 1e-4})
    untracked = SETTINGS.model_copy(update={"tracking": True})
    assert training._identity(tiny_base, rows, SETTINGS) != training._identity(tiny_base, rows, other)
    assert training._identity(tiny_base, rows, SETTINGS) == training._identity(tiny_base, rows, untracked)


def test_result_carries_its_proofs(undisturbed: Path) -> None:
    result = json.loads((undisturbed / BEST / RESULT).read_text())
    assert result["mask_proof"]["n_wrong"] == 0
    assert result["mask_proof"]["n_examples"] == 7 * 2 * 2
    assert result["reloaded_eval_loss"] == pytest.approx(result["best_eval_loss"], abs=1e-4)


def test_earlier_checkpoint_wins_a_tie() -> None:
    history = [{"step": 2, "eval_loss": 0.5}, {"step": 4, "loss": 0.1}, {"step": 4, "eval_loss": 0.4}, {"step": 6, "eval_loss": 0.4}]
    assert best_checkpoint(history) == (4, 0.4)


def test_loss_and_gradients_are_those_of_trl(tiny_base: Path, splits_file: Path, tmp_path: Path) -> None:
    import torch
    from trl import SFTTrainer

    from assets.model import training_data
    from assets.model.tracking import Tracker

    rows = training_data.read_split([splits_file], "train", 100)
    quiet = (lambda progress: None, Tracker(tmp_path, "x", {}, enabled=False))
    trainer = training._trainer(tiny_base, training.Rows(rows, rows.head(2), 0), tmp_path, SETTINGS, quiet)
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.eval()
    results = []
    for compute in (trainer.compute_loss, lambda *args: SFTTrainer.compute_loss(trainer, *args)):
        trainer.model.zero_grad()
        loss = compute(trainer.model, dict(batch))
        loss.backward()
        results.append((loss.detach(), [p.grad.clone() for p in trainer.model.parameters() if p.grad is not None]))
    (ours, our_gradients), (theirs, their_gradients) = results
    torch.testing.assert_close(ours, theirs)
    assert len(our_gradients) == len(their_gradients) > 0
    for ours, theirs in zip(our_gradients, their_gradients, strict=True):
        torch.testing.assert_close(ours, theirs)
