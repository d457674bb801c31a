"""The process that the heavy work lives and dies in: `python -m assets.model.child convert|train|evaluate [request.json]`.

Under Dagster Pipes the request is the extras of the run and progress goes to its log; with a request file the same runs
without Dagster and progress goes to standard output. Requests, all paths absolute:

convert   settings (BaseModelSettings), folder
train     settings (TrainingSettings), base_folder, splits_files, work_folder; writes best/ and result.json in the work folder
evaluate  settings (EvaluationSettings), base_folder, adapter_folder or null, splits_files, output_file (Parquet, evaluation.ANSWERS)

`parent_pid` is optional: with it, a parent that died before this process could look is noticed too.
"""

import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assets.model import base_model, evaluation, training, work_folder

Say = Callable[[str], None]
POLL_S = 0.5
SAY_EVERY_S = 5.0
ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait take the cores from whoever else computes
    "TQDM_DISABLE": "1",  # progress is reported in words
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def die_with_parent(parent_pid: int) -> None:
    """End this process at once when `parent_pid` is no longer its parent: a killed run must not leave a second trainer."""
    threading.Thread(target=_watch, args=(parent_pid,), daemon=True, name="die-with-parent").start()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(POLL_S)
    os._exit(1)


@contextmanager
def requests(arguments: list[str]) -> Iterator[tuple[Mapping[str, Any], Say]]:
    """Give the request and what to report with: of Dagster Pipes, or of the file named in `arguments`."""
    if arguments:
        yield json.loads(Path(arguments[0]).read_text(encoding="utf-8")), _print
        return
    from dagster_pipes import open_dagster_pipes

    with open_dagster_pipes() as context:
        yield context.extras, context.log.info


def _print(message: str) -> None:
    print(message, flush=True)


def convert(request: Mapping[str, Any], say: Say) -> None:
    """Write the base model's folder."""
    settings = base_model.BaseModelSettings(**request["settings"])
    say(f"base model: preparing {settings.name}")
    base_model.materialise(settings, Path(request["folder"]))


def train(request: Mapping[str, Any], say: Say) -> None:
    """Train, or go on training, in the work folder; write the result there."""
    settings = training.TrainingSettings(**request["settings"])
    folder, files = Path(request["work_folder"]), [Path(file) for file in request["splits_files"]]
    say("training: loading libraries and model")
    result = training.train(Path(request["base_folder"]), files, folder, settings, Narrator(say))
    say(f"training: step {result.best_step} is best, validation loss {result.best_eval_loss:.4f}")
    work_folder.write_atomically(folder / "result.json", json.dumps(result._asdict(), sort_keys=True))


def evaluate(request: Mapping[str, Any], say: Say) -> None:
    """Answer and score the test examples; write them as Parquet."""
    settings = evaluation.EvaluationSettings(**request["settings"])
    adapter = Path(request["adapter_folder"]) if request.get("adapter_folder") else None
    files = [Path(file) for file in request["splits_files"]]
    say(f"evaluation: loading the {'tuned' if adapter else 'base'} model")
    answers = evaluation.answer_and_score(
        Path(request["base_folder"]), adapter, files, settings, lambda done, n: say(f"evaluation: {done} of {n} answered")
    )
    output = Path(request["output_file"])
    output.parent.mkdir(parents=True, exist_ok=True)
    scratch = output.with_name(f".{output.name}.{os.getpid()}")
    answers.write_parquet(scratch)
    scratch.replace(output)


class Narrator:
    """Tells a training's progress in words, every few seconds and at each validation."""

    def __init__(self, say: Say) -> None:
        """Tell it to `say`."""
        self.say, self.last_s = say, 0.0

    def __call__(self, progress: training.Progress) -> None:
        """Tell `progress`, or leave it out when something was told just now."""
        place = f"training: step {progress.step}/{progress.max_steps}"
        if progress.eval_loss is not None:
            self.say(f"{place} validation loss {progress.eval_loss:.4f}")
        elif time.monotonic() - self.last_s >= SAY_EVERY_S or progress.step == progress.max_steps:
            eta = "" if progress.eta_s is None else f", about {progress.eta_s:.0f} s left"
            self.say(f"{place} loss {progress.loss:.4f}{eta}")
            self.last_s = time.monotonic()


COMMANDS = {"convert": convert, "train": train, "evaluate": evaluate}


def main(arguments: list[str]) -> None:
    """Run the command named first in `arguments`."""
    if not arguments or arguments[0] not in COMMANDS:
        sys.exit(f"usage: python -m assets.model.child {'|'.join(COMMANDS)} [request.json]")
    parent_pid = os.getppid()
    command = arguments[0]
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if command != "convert":
        os.environ["HF_HUB_OFFLINE"] = "1"  # everything is in the base model's folder by now
    warnings.filterwarnings("ignore", category=FutureWarning)  # libraries to each other
    with requests(arguments[1:]) as (request, say):
        die_with_parent(request.get("parent_pid", parent_pid))
        COMMANDS[command](request, say)


if __name__ == "__main__":
    main(sys.argv[1:])
