"""The tokenizer of the real base model, and a tiny model of the same kind that trains in a second."""

import hashlib
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets.corpus.template.rendering import Form
from assets.model import chat_template

SUBJECTS = ["the queue", "a graph", "the parser", "one node", "a matrix", "the cache", "every key", "the token"]
VERBS = ["Return", "Remove", "Print", "Count", "Copy", "Sort"]


@pytest.fixture(scope="session")
def tokenizer(real_base: Path) -> Any:
    """SmolLM2's own tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(real_base)


@pytest.fixture(scope="session")
def form(tokenizer: Any) -> Form:
    """How SmolLM2's chats are written."""
    return chat_template.form_of(tokenizer)


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory, tokenizer: Any) -> Path:
    """A Llama of two layers with random weights and the real tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def splits_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 examples of chatml_splits, every sixth for validation and every sixth for test."""
    pairs = [(verb, noun) for noun in SUBJECTS for verb in VERBS]
    texts = [(f"What does {verb.lower()}_{index} do?", f"{verb} {noun}.") for index, (verb, noun) in enumerate(pairs)]
    rows = []
    for index, (question, answer) in enumerate(texts):
        row_id = hashlib.sha256(question.encode()).hexdigest()[:32]
        rows.append(
            {
                "id": row_id,
                "parent_ids": [row_id],
                "split": {0: "validation", 1: "test"}.get(index % 6, "train"),
                "group_id": f"group-{index % 6}",
                "source": "code_qa",
                "license": "MIT",
                "messages": [said("user", question), said("assistant", answer)],
                "tools": "[]",
                "weight": 1.0 + index % 2,
                "n_tokens": 40 + index % 5,
                "n_answer_tokens": 6,
            }
        )
    path = tmp_path_factory.mktemp("splits") / "part-0.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def said(role: str, content: str | None, **others: str | None) -> dict[str, str | None]:
    return {"role": role, "content": content, "tool_calls": None, "tool_call_id": None, "name": None, **others}
