"""`export.json`: what an export holds, what it had to leave out, and what its files hash to. It has no clock time."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from assets.corpus.exports.writing import File, described

NAME = "export.json"


class Counts(BaseModel):
    """What became of one split's rows. Reasons and sources are counted in rows."""

    rows: int = 0
    left_out: Counter[str] = Field(default_factory=Counter, description="why a chat cannot be held by the format")
    altered: Counter[str] = Field(default_factory=Counter, description="what was changed in texts of rows that are there")
    noted: Counter[str] = Field(default_factory=Counter, description="what a reader of the format does with rows that are there")
    sources: Counter[str] = Field(default_factory=Counter)
    languages: Counter[str] = Field(default_factory=Counter)
    licenses: Counter[str] = Field(default_factory=Counter)

    def add(self, facts: dict[str, Any], rows: int = 1) -> None:
        """Count rows that are there, of one source, language and licence."""
        self.rows += rows
        self.sources[facts["source"]] += rows
        self.languages[facts["language"] or "unknown"] += rows
        self.licenses[facts["license"] or "unknown"] += rows


class Manifest(BaseModel):
    """The table of contents of one format of one snapshot."""

    format: str
    format_version: int
    dataset: str = "chatml_splits"
    snapshot: str
    settings: dict[str, Any]
    read_with: str
    splits: dict[str, Counts]
    files: list[File] = []

    @property
    def rows(self) -> int:
        """Rows of all splits."""
        return sum(counts.rows for counts in self.splits.values())

    def total(self, what: str) -> dict[str, int]:
        """Return one of the counters of Counts over all splits, most frequent first."""
        found: Counter[str] = sum((getattr(counts, what) for counts in self.splits.values()), Counter())
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def encode(self) -> str:
        """Return the text of `export.json`."""
        return json.dumps(self.model_dump(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def differences(self, folder: Path) -> list[str]:
        """Return the names of the files in `folder` that are missing or do not hash to what is written here."""
        intact = [(folder / file.name).is_file() and described(folder, file.name).sha256 == file.sha256 for file in self.files]
        return [file.name for file, is_intact in zip(self.files, intact, strict=True) if not is_intact]
