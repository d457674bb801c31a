"""Chats of datasets on the Hugging Face hub: streamed once per revision and settings into a file of JSON lines, and listed from there."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from blake3 import blake3
from pydantic import BaseModel

from assets import ledger, passport
from assets.code.licenses import expressions
from assets.code.sources.listing import label
from assets.conversations.sources import listing, payloads
from assets.conversations.sources.sampling import Sample
from assets.conversations.sources.settings import ConversationReadingSettings, ConversationSourceError, HuggingFaceSource
from assets.records import Broken, Record

_ROWS, _LISTING, _ABOUT = "rows.jsonl", "listing.parquet", "about.json"
_COMMIT_DIGITS = 40
_NOTE_ROWS = 10_000
_DEFAULTS = ConversationReadingSettings()
_REMEDY = "Check dataset, config, split and revision; a gated dataset needs its terms accepted on its page and HF_TOKEN set."


class About(BaseModel, frozen=True, extra="forbid"):
    """What is stored of a dataset: where it is from, how many rows were seen and kept, and the digest of both files."""

    dataset: str
    config: str | None
    split: str
    revision: str
    max_rows: int | None
    seed: int
    license: str | None
    rows_seen: int
    rows_kept: int
    left_out: tuple[str, ...]
    over_size: tuple[int, ...]
    digest: str


class _Revision(NamedTuple):
    commit: str
    license: str | None


def list_dataset(
    source: HuggingFaceSource, root: Path, settings: ConversationReadingSettings = _DEFAULTS, log: Callable[[str], None] = lambda _: None
) -> tuple[pl.DataFrame, pl.DataFrame, About]:
    """Return (listing, ledger, what is stored) of the rows of `source` that are wanted, kept in a folder under `root`.

    With `max_rows` they are a sample out of all rows of the stream, each as likely as any other; which ones depends on the seed and the
    rows' numbers alone. A revision and sample that is stored is not streamed again; when `revision` is a full commit, the hub is not even
    asked. For a folder the revision is the digest of its files. Columns of no known form are not streamed: the ledger
    names them (`columns_left_out`). Raises ConversationSourceError.
    """
    known = source.revision if source.revision and _is_commit(source.revision) else None
    folder = _folder(source, known, root, settings)
    about = _stored(folder) if known else None
    if about is None:
        revision = _revision(source)
        folder = _folder(source, revision.commit, root, settings)
        about = _stored(folder)
    if about is None:
        about = _store(source, revision, folder, settings, log)
    listed = listing.located(pl.read_parquet(folder / _LISTING), folder / _ROWS)
    license_id = pl.lit(source.license or about.license, dtype=pl.String)
    return listed.with_columns(license=license_id).select(*listing.SCHEMA), _noted(source, about), about


def _folder(source: HuggingFaceSource, commit: str | None, root: Path, settings: ConversationReadingSettings) -> Path:
    key = passport.row_id("stream", *(str(part) for part in (commit, source.config, source.split, source.max_rows, source.seed, settings)))
    return root / f"{label('huggingface', source.name)}-{key[:16]}"


def _revision(source: HuggingFaceSource) -> _Revision:
    """Return the commit that the revision of `source` stands for, and the licence of its card. Raises ConversationSourceError."""
    if os.path.isdir(source.dataset):
        return _Revision(_folder_digest(Path(source.dataset)), None)
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError

    try:
        info = HfApi().dataset_info(source.dataset, revision=source.revision)
    except (OSError, ValueError, HTTPError) as error:
        if source.revision and _is_commit(source.revision):
            return _Revision(source.revision, None)
        raise _error(source, error) from None
    named = getattr(info.card_data, "license", None)
    return _Revision(str(info.sha), expressions.normalise(named) if isinstance(named, str) else None)


def _is_commit(revision: str) -> bool:
    return len(revision) == _COMMIT_DIGITS and set(revision) <= set("0123456789abcdef")


def _folder_digest(folder: Path) -> str:
    hasher = blake3()
    files = sorted(
        path for path in folder.rglob("*") if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    for path in files:
        content = blake3()
        content.update_mmap(path)
        hasher.update(f"{path.relative_to(folder).as_posix()}\n{content.hexdigest()}\n".encode("utf-8", "surrogatepass"))
    return hasher.hexdigest(length=_COMMIT_DIGITS // 2)


def _stored(folder: Path) -> About | None:
    """Return what is stored in `folder`; None when there is nothing, or the disk lost a part of it."""
    try:
        about = About.model_validate_json((folder / _ABOUT).read_bytes())
        return about if _stored_digest(folder) == about.digest else None
    except (OSError, ValueError):
        return None


def _stored_digest(folder: Path) -> str:
    hasher = blake3()
    for name in (_ROWS, _LISTING):
        hasher.update_mmap(folder / name)
    return hasher.hexdigest()


def _store(
    source: HuggingFaceSource, revision: _Revision, folder: Path, settings: ConversationReadingSettings, log: Callable[[str], None]
) -> About:
    """Stream `source` into `folder`, all or nothing."""
    temporary = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        about = _streamed(source, revision, temporary, settings, log)
        (temporary / _ABOUT).write_text(about.model_dump_json(), encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return about


def _streamed(
    source: HuggingFaceSource, revision: _Revision, folder: Path, settings: ConversationReadingSettings, log: Callable[[str], None]
) -> About:
    sample = Sample(source.max_rows, source.seed) if source.max_rows else None
    candidates, seen, left_out = folder / "candidates.jsonl", 0, list[str]()
    with candidates.open("w", encoding="utf-8") as file:
        for number, row in enumerate(_rows(source, revision.commit, left_out)):
            seen = number + 1
            if seen % _NOTE_ROWS == 0:
                log(f"{source.dataset}: {seen} rows streamed")
            if sample is None or sample.offer(number):
                file.write(f"{number}\t{_line(row)}\n")
    chosen_rows = _chosen(candidates, folder / _ROWS, sample.rows() if sample else None, settings.max_row_bytes)
    ranges = list(listing.ranges(chosen_rows, settings.range_bytes))
    common = {"kind": "huggingface", "source": source.name, "revision": revision.commit, "license": revision.license}
    listed = listing.frame(common | part for part in ranges if isinstance(part, dict))
    candidates.unlink()
    listed.write_parquet(folder / _LISTING)
    chosen = source.model_dump(include={"dataset", "config", "split", "max_rows", "seed"})
    return About(
        **chosen,
        revision=revision.commit,
        license=revision.license,
        rows_seen=seen,
        rows_kept=int(listed["rows"].list.len().sum()),
        left_out=tuple(left_out),
        over_size=tuple(part.line - 1 for part in ranges if isinstance(part, Broken)),
        digest=_stored_digest(folder),
    )


def _rows(source: HuggingFaceSource, commit: str, left_out: list[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the stream, with the columns of known forms; note the other columns. Raises ConversationSourceError."""
    from datasets import load_dataset
    from huggingface_hub.errors import HTTPError

    at = None if os.path.isdir(source.dataset) else commit
    try:
        stream = load_dataset(source.dataset, source.config, split=source.split, revision=at, streaming=True)
        columns = stream.column_names or list(next(iter(stream), {}))
        if columns and not set(columns) & set(payloads.MARKS):
            raise ConversationSourceError(f"conversations.huggingface: {source.dataset} has the columns of no known form of chats.")
        left_out.extend(name for name in columns if name not in payloads.COLUMNS)
        yield from stream.select_columns([name for name in columns if name in payloads.COLUMNS])
    except (OSError, ValueError, RuntimeError, StopIteration, HTTPError) as error:
        if isinstance(error, ConversationSourceError):
            raise
        raise _error(source, error) from None


def _error(source: HuggingFaceSource, error: Exception) -> ConversationSourceError:
    return ConversationSourceError(f"conversations.huggingface: {source.dataset} cannot be read ({type(error).__name__}). {_REMEDY}")


def _line(row: dict[str, Any]) -> str:
    return json.dumps(payloads.without_nulls(row), default=str)


def _chosen(candidates: Path, file: Path, wanted: set[int] | None, max_bytes: int) -> Iterator[Record | Broken]:
    """Write the candidates that are `wanted` (None: all) to `file`, and yield them with their places in it; those that are too long too."""
    at = 0
    with candidates.open("rb") as lines, file.open("wb") as chosen:
        for line in lines:
            number, data = line.split(b"\t", 1)
            if wanted is not None and int(number) not in wanted:
                continue
            if len(data) > max_bytes:
                yield Broken(int(number) + 1, "over_size")
            else:
                chosen.write(data)
                yield Record(at, int(number) + 1, data.rstrip(b"\n"))
                at += len(data)


def _noted(source: HuggingFaceSource, about: About) -> pl.DataFrame:
    """Return the ledger of the columns that were not streamed, and of rows that are too long."""
    rows = {"id": [passport.row_id("raw_conversations", source.name)], "names": [f"{source.name}: {payloads.shown(about.left_out)}"]}
    frame = pl.DataFrame(rows).head(1 if about.left_out else 0)
    altered = ledger.entries(frame, "columns_left_out", action="altered", score=pl.lit(about.rows_kept), detail=pl.col("names"))
    return pl.concat([altered, listing.problems(listing.problem(source.name, "over_size", row + 1) for row in about.over_size)])


def list_all(
    sources: Iterable[HuggingFaceSource], root: Path, settings: ConversationReadingSettings, log: Callable[[str], None]
) -> tuple[pl.DataFrame, pl.DataFrame, list[About]]:
    """Return (listing, ledger, what is stored of each) of all `sources`. Raises ConversationSourceError."""
    listed, notes, stored = [listing.frame([])], [ledger.empty()], list[About]()
    for source in sources:
        found, note, about = list_dataset(source, root, settings, log)
        listed.append(found)
        notes.append(note)
        stored.append(about)
    return pl.concat(listed, rechunk=True), pl.concat(notes), stored
