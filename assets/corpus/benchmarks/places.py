"""Where a registered set lies on this machine: files with the revision that they are of."""

import glob
import json
import os
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from blake3 import blake3

from assets import passport, records
from assets.corpus.benchmarks.settings import BenchmarkError, BenchmarkSource

Log = Callable[[str], object]
Place = tuple[Path, str]  # file, revision
_COMMIT_DIGITS = 40


def files(source: BenchmarkSource, root: Path, max_rows: int, log: Log) -> list[Place]:
    """Return the files of `source` with their revisions: version of the package, commit of the dataset, or digest of the file.

    A dataset is streamed into a file below `root` once per commit. Raises BenchmarkError.
    """
    if source.package:
        return _of_package(source)
    if source.dataset:
        return [_streamed(source, root, max_rows, log)]
    return [(path, f"blake3:{_digest(source, path)}") for path in _matching(source, str(source.path))]


def _of_package(source: BenchmarkSource) -> list[Place]:
    try:
        distribution = metadata.distribution(str(source.package))
    except (metadata.PackageNotFoundError, ValueError):
        raise BenchmarkError(f"benchmark {source.name}: the package {source.package} is not installed. Install it.") from None
    if source.path:
        found = _matching(source, str(distribution.locate_file(source.path)))
    else:
        recorded = sorted(file for file in distribution.files or [] if records.is_known(Path(file)) and ".dist-info" not in file.parts[0])
        found = [Path(str(distribution.locate_file(file))) for file in recorded]
    if not found:
        raise BenchmarkError(f"benchmark {source.name}: the package {source.package} holds no JSON or Parquet. Name a `path` in it.")
    return [(path, distribution.version) for path in found]


def _matching(source: BenchmarkSource, pattern: str) -> list[Path]:
    """Return the file, the files of the folder (not of those below it), or what the glob matches, sorted."""
    if os.path.isdir(pattern):
        found = [path for path in Path(pattern).iterdir() if path.is_file() and records.is_known(path)]
    else:
        found = [Path(pattern)] if os.path.isfile(pattern) else [Path(name) for name in glob.glob(pattern, recursive=True)]
    if not found:
        raise BenchmarkError(f"benchmark {source.name}: {pattern!r} matches no file. Correct `path`, or leave the benchmark out.")
    return sorted(found)


def _digest(source: BenchmarkSource, path: Path) -> str:
    try:
        return blake3(path.read_bytes()).hexdigest(length=16)
    except OSError as error:
        raise BenchmarkError(f"benchmark {source.name}: {path.name} cannot be read ({error.strerror}). Check its permissions.") from None


def _streamed(source: BenchmarkSource, root: Path, max_rows: int, log: Log) -> Place:
    is_local = os.path.isdir(str(source.dataset))
    commit = "local" if is_local else _commit(source)
    file = root / f"{source.name}-{passport.row_id('benchmark', str(source.dataset), str(source.config), source.split, commit)}.jsonl"
    if is_local or not file.exists():
        log(f"benchmark {source.name}: streaming {source.dataset}")
        root.mkdir(parents=True, exist_ok=True)
        temporary = file.with_name(f"{file.name}.{os.getpid()}.part")
        try:
            with temporary.open("w", encoding="utf-8") as lines:
                lines.writelines(json.dumps(row, default=str) + "\n" for row in _rows(source, None if is_local else commit, max_rows))
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    return file, f"blake3:{_digest(source, file)}" if is_local else commit


def _commit(source: BenchmarkSource) -> str:
    """Return the commit that the revision of a dataset stands for; one that is named in full is not asked for."""
    revision = source.revision
    if revision and len(revision) == _COMMIT_DIGITS and set(revision) <= set("0123456789abcdef"):
        return revision
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError

    try:
        return str(HfApi().dataset_info(str(source.dataset), revision=revision).sha)
    except (OSError, ValueError, HTTPError) as error:
        raise _away(source, error) from None


def _rows(source: BenchmarkSource, commit: str | None, max_rows: int) -> Iterator[dict[str, Any]]:
    from datasets import load_dataset
    from huggingface_hub.errors import HTTPError

    count = 0
    try:
        for split in source.split.split("+"):
            for row in load_dataset(source.dataset, source.config, split=split, revision=commit, streaming=True):
                count += 1
                if count > max_rows:
                    raise BenchmarkError(f"benchmark {source.name} has more than {max_rows} rows. Name another split, or raise max_rows.")
                yield row
    except BenchmarkError:
        raise
    except (OSError, ValueError, RuntimeError, HTTPError) as error:
        raise _away(source, error) from None


def _away(source: BenchmarkSource, error: Exception) -> BenchmarkError:
    remedy = "Check dataset, config, split and revision, or give the set as a file by `path`."
    return BenchmarkError(f"benchmark {source.name}: {source.dataset} cannot be read ({type(error).__name__}). {remedy}")
