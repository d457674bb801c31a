"""What each format is: how an example becomes a row, what its files are, the types of its columns, and who reads it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from assets.corpus.exports import chats, families
from assets.corpus.exports.rows import FACTS, Example, Written
from assets.corpus.exports.settings import ExportSettings, FormatName
from assets.corpus.exports.writing import Lines, Sink, Table

VERSION = 1  # of what stands in the files of any format: raise it when their bytes change for the same rows
Feature = dict[str, Any]  # a column as a dataset card's YAML describes it (datasets.Features)
CSV_COLUMNS = (*FACTS, "system", "prompt", "completion")
SPLIT_COLUMNS = (*FACTS, "parent_ids", "messages", "tools", "n_tokens", "n_answer_tokens")


class Format(NamedTuple):
    """A format whose rows are made one by one."""

    row: Callable[[Example, ExportSettings], Written]
    sink: Callable[[Path, str], Sink]
    suffix: str
    features: list[Feature]
    reader: str


def _plain(row: Callable[[Example], Written]) -> Callable[[Example, ExportSettings], Written]:
    return lambda example, _: row(example)


def _strings(*names: str) -> list[Feature]:
    return [{"name": name, "dtype": "string"} for name in names]


_FACTS = [{"name": name, "dtype": "float64" if name == "weight" else "string"} for name in FACTS]
_MESSAGES: Feature = {"name": "messages", "list": "json"}
_TEXT = (
    "a trainer that reads the field `text`, with the tokenizer of the family. The text has no first token, because the tokenizer adds it; "
    "with `with_bos` it has one, for trainers that add none."
)


def _family(name: str) -> Format:
    def row(example: Example, settings: ExportSettings) -> Written:
        return families.to_text(example, name, settings.with_bos)

    return Format(row, Lines, "jsonl", [*_FACTS, *_strings("text")], _TEXT)


ROW_FORMATS: dict[FormatName, Format] = {
    "csv": Format(
        _plain(chats.to_csv), partial(Table, columns=CSV_COLUMNS), "csv", [*_FACTS, *_strings("system", "prompt", "completion")],
        "TRL's SFTTrainer (prompt, completion) and spreadsheets; `system` is a column that TRL does not read.",
    ),
    "alpaca-jsonl": Format(
        _plain(chats.to_alpaca), Lines, "jsonl",
        [*_FACTS, *_strings("instruction", "input", "output", "system"), {"name": "history", "list": {"list": "string"}}],
        "LLaMA-Factory: this folder is a `dataset_dir`, its `dataset_info.json` names the splits; axolotl as `alpaca`.",
    ),
    "chatml-jsonl": Format(
        _plain(chats.to_chatml), Lines, "jsonl", [*_FACTS, _MESSAGES, *_strings("tools")],
        "TRL's SFTTrainer (messages, tools) with any chat template of transformers.",
    ),
    "openai-jsonl": Format(
        _plain(chats.to_openai), partial(Lines, with_ids=True), "jsonl", [_MESSAGES, {"name": "tools", "list": "json"}],
        "OpenAI's fine-tuning API and what is compatible with it. Chat templates want arguments as objects: take chatml-jsonl for those.",
    ),
    "sharegpt-jsonl": Format(
        _plain(chats.to_sharegpt), Lines, "jsonl", [*_FACTS, {"name": "conversations", "list": "json"}, *_strings("tools")],
        "LLaMA-Factory: this folder is a `dataset_dir`, its `dataset_info.json` names the splits; axolotl as `chat_template`.",
    ),
    "llama3": _family("llama3"),
    "mistral": _family("mistral"),
    "gemma": _family("gemma"),
}  # fmt: skip
_MESSAGE: Feature = {"name": "messages", "list": _strings("role", "content", "tool_calls", "tool_call_id", "name")}
PARQUET_FEATURES: list[Feature] = [
    *_FACTS,
    {"name": "parent_ids", "list": "string"},
    _MESSAGE,
    *_strings("tools"),
    {"name": "n_tokens", "dtype": "int64"},
    {"name": "n_answer_tokens", "dtype": "int64"},
]
PARQUET_READER = "datasets, DuckDB, polars and pandas; calls and tools are JSON text: trainers take chats with tools from chatml-jsonl."
_LLAMA_FACTORY: dict[str, dict[str, Any]] = {
    "alpaca-jsonl": {
        "columns": {"prompt": "instruction", "query": "input", "response": "output", "system": "system", "history": "history"}
    },
    "sharegpt-jsonl": {
        "formatting": "sharegpt",
        "columns": {"messages": "conversations", "tools": "tools"},
        "tags": {
            "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
            "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
        },
    },
}  # fmt: skip


def llama_factory_info(name: str, splits: list[str]) -> dict[str, Any] | None:
    """Return LLaMA-Factory's `dataset_info.json` for the splits that have a file; None where it does not read the format.

    Keys and defaults: https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md.
    """
    described = _LLAMA_FACTORY.get(name)
    return described and {split: {"file_name": f"{split}.jsonl", **described} for split in splits}
