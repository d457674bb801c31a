"""Which chats are wanted, and how they are read."""

from pathlib import PurePath
from typing import Any, Self

from pydantic import BaseModel, Field, model_validator


class ConversationSourceError(ValueError):
    """A source of the profile cannot be used. The message names it and the remedy, and holds no text of a row."""

    blames_the_source = True


class HuggingFaceSource(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A dataset of the Hugging Face hub, read by streaming. Gated datasets need HF_TOKEN in the environment."""

    dataset: str = Field(min_length=1, description="owner/name on the hub, or a folder that holds a dataset")
    config: str | None = Field(None, description="configuration of the dataset")
    split: str = Field("train", min_length=1)
    revision: str | None = Field(None, description="branch, tag or commit; the commit that it stands for is recorded")
    max_rows: int | None = Field(None, ge=1, description="a sample of so many rows, drawn out of all of them; null: every row")
    seed: int = Field(0, description="another seed draws another sample")
    license: str | None = Field(None, description="SPDX id; null: what the dataset's card says")

    @property
    def name(self) -> str:
        """What rows call the source: the dataset (of a folder its name), with configuration and split where they are not the usual ones."""
        is_path = self.dataset.startswith(("/", "./", "../", "~"))
        name = PurePath(self.dataset).name if is_path else self.dataset
        usual = self.config is None and self.split == "train"
        return name if usual else f"{name} ({self.config or 'default'}, {self.split})"


class ConversationFiles(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """Files of chats: a file, a folder, or a glob (** included). In a profile a string stands for its `path`."""

    path: str = Field(min_length=1, description="JSON Lines, JSON or Parquet, also as .gz or .zst")
    name: str | None = Field(None, min_length=1, description="goes before the names of the files, to tell two of one name apart")
    license: str | None = Field(None, description="SPDX id of every chat in the files")

    @model_validator(mode="before")
    @classmethod
    def _from_path(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value


class ConversationReadingSettings(BaseModel, frozen=True, extra="forbid"):
    """How rows are read."""

    max_row_bytes: int = Field(16_777_216, gt=0, description="a longer row is left out")
    range_bytes: int = Field(1_048_576, gt=0, description="rows that follow one another are listed together, up to so many bytes")


class ConversationSources(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """Where conversations come from."""

    embedded: bool = Field(False, description="read the chats that come along")
    huggingface: tuple[HuggingFaceSource, ...] = ()
    files: tuple[ConversationFiles, ...] = ()
    reading: ConversationReadingSettings = ConversationReadingSettings()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [source.name for source in self.huggingface]
        if len(set(names)) < len(names):
            raise ValueError("huggingface names a split of a dataset twice, or two folders of one name")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether no source is named."""
        return not (self.embedded or self.huggingface or self.files)
