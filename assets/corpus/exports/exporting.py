"""Write a snapshot of chatml_splits into `<folder>/<snapshot>/<format>/`: each format appears whole or not at all.

One pass over the rows makes all formats, in memory that does not grow with them. Files are made in `<folder>/.partial`, flushed to the disk
and moved to their place by one rename; what a killed export left there is removed by the next. The lock `<folder>/.lock` lets one process
at a time write to the folder.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from pydantic import ValidationError

from assets import disk
from assets.corpus.exports import arranging, cards, croissant, formats
from assets.corpus.exports.families import FAMILIES
from assets.corpus.exports.manifest import NAME, Counts, Manifest
from assets.corpus.exports.rows import Example, NotHeld, examples
from assets.corpus.exports.settings import ExportSettings, FormatName
from assets.corpus.exports.writing import File, Sink, described

_SLICE_ROWS = 1_024  # how many rows are Python objects at a time


class ExportError(Exception):
    """The folder does not allow the export. The message says what is there, and the remedy."""


class Outcome(NamedTuple):
    """A format of the snapshot: where it is, what it holds, and whether it was written now or was there already, intact."""

    folder: Path
    manifest: Manifest
    is_new: bool


def export(files: Sequence[Path], snapshot: str, folder: Path, names: Sequence[FormatName], settings: ExportSettings) -> list[Outcome]:
    """Write the formats `names` of the Parquet files of `snapshot`. What is there already is verified and stays as it is.

    Raises ExportError when something else is in the place of a format: another export of the snapshot, or changed files.
    """
    with _alone_in(folder):
        partial = folder / ".partial"
        shutil.rmtree(partial, ignore_errors=True)
        found = {name: _existing(folder / snapshot / name, snapshot, name, settings) for name in dict.fromkeys(names)}
        missing = [name for name, manifest in found.items() if manifest is None]
        try:
            made = _made(files, snapshot, partial, missing, settings) if missing else {}
            for name in made:
                _place(partial / name, folder / snapshot / name)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
        return [Outcome(folder / snapshot / name, manifest or made[name], manifest is None) for name, manifest in found.items()]


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _existing(target: Path, snapshot: str, name: FormatName, settings: ExportSettings) -> Manifest | None:
    """Return the manifest of an export that is in place and intact, None where there is nothing. Raises ExportError."""
    if not target.exists():
        return None
    try:
        manifest = Manifest.model_validate_json((target / NAME).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        raise ExportError(f"{target} is there and holds no export: give another folder, or move it away.") from None
    wanted = _empty(snapshot, name, settings)
    keys = {"snapshot", "format", "format_version", "settings"}
    if manifest.model_dump(include=keys) != wanted.model_dump(include=keys):
        there = f"format version {manifest.format_version}, settings {json.dumps(manifest.settings)}"
        raise ExportError(f"{target} holds another export of this snapshot ({there}): give another folder, or remove it.")
    if changed := manifest.differences(target):
        raise ExportError(f"{target} was changed after the export ({', '.join(changed)}): remove it, and export again.")
    return manifest


def _empty(snapshot: str, name: FormatName, settings: ExportSettings) -> Manifest:
    """Return the manifest of an export without rows: of the settings, those that concern the format."""
    concern: dict[str, Any] = {"splits": list(settings.splits)}
    if name in FAMILIES:
        concern["with_bos"] = settings.with_bos
    if name == "parquet":
        concern["max_rows_per_file"] = settings.max_rows_per_file
    reader = formats.PARQUET_READER if name == "parquet" else formats.ROW_FORMATS[name].reader
    splits = {split: Counts() for split in settings.splits}
    return Manifest(
        format=name, format_version=formats.VERSION, snapshot=snapshot, settings=concern, read_with=reader, splits=splits
    )  # fmt: skip


class _RowFormat:
    """A format in the making, row by row."""

    def __init__(self, name: FormatName, folder: Path, manifest: Manifest, settings: ExportSettings) -> None:
        self.manifest, self._settings, self._format = manifest, settings, formats.ROW_FORMATS[name]
        self.features = self._format.features
        self._sinks: dict[str, Sink] = {split: self._format.sink(folder, split) for split in settings.splits}

    def add(self, _: pl.DataFrame, rows: list[tuple[str, Example]]) -> None:
        """Add examples with their splits; count those that the format cannot hold."""
        for split, example in rows:
            counts = self.manifest.splits[split]
            try:
                written = self._format.row(example, self._settings)
            except NotHeld as reason:
                counts.left_out[reason.reason] += 1
                continue
            self._sinks[split].add(written.row, example.facts["id"])
            counts.add(example.facts)
            counts.altered.update(written.altered)
            counts.noted.update(written.noted)

    def close(self) -> list[File]:
        """Finish the files."""
        return [file for sink in self._sinks.values() for file in sink.close()]


class _Parquet:
    """The Parquet layout in the making, frame by frame."""

    features = formats.PARQUET_FEATURES

    def __init__(self, folder: Path, manifest: Manifest, settings: ExportSettings, rows: dict[str, int]) -> None:
        from assets.corpus.exports.shards import Shards  # pyarrow takes a moment to import

        self.manifest = manifest
        self._sinks = {split: Shards(folder, split, rows[split], settings.max_rows_per_file) for split in settings.splits}

    def add(self, frame: pl.DataFrame, _: list[tuple[str, Example]]) -> None:
        """Add rows of all splits."""
        for split, sink in self._sinks.items():
            part = frame.filter(pl.col("split") == split)
            if part.height:
                sink.add(part.select(formats.SPLIT_COLUMNS))
                for facts in part.group_by("source", "language", "license").len().iter_rows(named=True):
                    self.manifest.splits[split].add(facts, facts["len"])

    def close(self) -> list[File]:
        """Finish the files."""
        return [file for sink in self._sinks.values() for file in sink.close()]


def _made(
    files: Sequence[Path], snapshot: str, partial: Path, names: Sequence[FormatName], settings: ExportSettings
) -> dict[FormatName, Manifest]:
    """Make the formats in folders of `partial`, from one pass over the rows; return their manifests."""
    rows = arranging.counted(files, settings.splits)
    made: dict[FormatName, _RowFormat | _Parquet] = {}
    for name in names:
        (partial / name).mkdir(parents=True)
        manifest = _empty(snapshot, name, settings)
        if name == "parquet":
            made[name] = _Parquet(partial / name, manifest, settings, rows)
        else:
            made[name] = _RowFormat(name, partial / name, manifest, settings)
    needs_examples = any(name != "parquet" for name in names)
    for frame in arranging.arranged(files, settings.splits, sum(rows.values()), partial / ".scratch"):
        for part in frame.iter_slices(_SLICE_ROWS):
            chats = list(zip(part["split"], examples(part), strict=True)) if needs_examples else []
            for one in made.values():
                one.add(part, chats)
    return {name: _finished(one, partial / name) for name, one in made.items()}


def _finished(made: _RowFormat | _Parquet, folder: Path) -> Manifest:
    """Close the files of a format, and write what describes them."""
    manifest = made.manifest
    manifest.files = made.close()
    beside = {"README.md": cards.card(manifest, made.features)}
    if manifest.format == "parquet":
        beside["croissant.json"] = croissant.metadata(manifest, made.features)
    splits = [file.split for file in manifest.files if file.split]
    if info := formats.llama_factory_info(manifest.format, splits):
        beside["dataset_info.json"] = json.dumps(info, indent=1) + "\n"
    for name, text in beside.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    manifest.files = [*manifest.files, *(described(folder, name) for name in beside)]
    (folder / NAME).write_text(manifest.encode(), encoding="utf-8", newline="\n")
    return manifest


def _place(made: Path, target: Path) -> None:
    """Move a finished folder to its place, after everything in it has reached the disk."""
    for path in [*made.rglob("*"), made]:
        disk.sync(path)
    target.parent.mkdir(exist_ok=True)
    os.rename(made, target)
    disk.sync(target.parent)
