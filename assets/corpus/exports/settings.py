"""What an export is asked for."""

from typing import Literal, get_args

from pydantic import BaseModel, Field

FormatName = Literal["csv", "alpaca-jsonl", "chatml-jsonl", "openai-jsonl", "sharegpt-jsonl", "llama3", "mistral", "gemma", "parquet"]
SplitName = Literal["train", "validation", "test"]
FORMATS: tuple[FormatName, ...] = get_args(FormatName)
SPLITS: tuple[SplitName, ...] = get_args(SplitName)


class ExportSettings(BaseModel, frozen=True, extra="forbid"):
    """What is written, and how. Everything here is part of what an export is, and stands in its `export.json`."""

    splits: tuple[SplitName, ...] = Field(SPLITS, min_length=1, description="the splits to write")
    with_bos: bool = Field(
        False,
        description="begin the texts of llama3, mistral and gemma with the family's first token. Off, because tokenizers of these families "
        "put it there themselves: TRL's SFTTrainer would train on two of them. On for trainers that add no special tokens",
    )
    max_rows_per_file: int = Field(500_000, gt=0, description="of a Parquet file; a split that has more is cut into several")
