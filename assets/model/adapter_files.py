"""The folder that a finished training publishes, without anything of the machine or the process that wrote it."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json", "vocab.json", "merges.txt")
LOG = "training_log.json"
LOGGED = ("loss", "eval_loss", "learning_rate")


def write(base_folder: Path, checkpoint: Path, target: Path, base_model_name: str, history: Sequence[dict[str, Any]]) -> None:
    """Write the adapter of `checkpoint` to the new folder `target`, with the base model's tokenizer and the loss curve of `history`."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    shutil.copyfile(checkpoint / "adapter_model.safetensors", target / "adapter_model.safetensors")
    config = json.loads((checkpoint / "adapter_config.json").read_text())
    # PEFT writes sets in the order of the process's hash seed, and the path of this machine.
    config |= {"target_modules": sorted(config["target_modules"]), "base_model_name_or_path": base_model_name}
    write_json(target / "adapter_config.json", config)
    for name in TOKENIZER_FILES:
        if (base_folder / name).is_file():
            shutil.copyfile(base_folder / name, target / name)
    curve = [{"step": entry["step"], **{key: entry[key] for key in LOGGED if key in entry}} for entry in history]
    write_json(target / LOG, [entry for entry in curve if len(entry) > 1])


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file of sorted keys."""
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")
