"""The chats that come along with the project, listed like any other files."""

import os
from pathlib import Path

import polars as pl

from assets.conversations.sources import files
from assets.conversations.sources.settings import ConversationFiles, ConversationReadingSettings

NAME = "embedded"
LICENSE = "Apache-2.0"


def list_embedded(folder: Path, settings: ConversationReadingSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Write the demo's chats into `folder`, where nothing else lies, and return (listing, ledger) of them.

    Their sources have the same names on every machine: `embedded/glaive.jsonl` and so on.
    """
    from assets.conversations.demo import writing

    folder.mkdir(parents=True, exist_ok=True)
    for name, content in writing.files().items():
        if not (folder / name).exists() or (folder / name).read_bytes() != content:
            (folder / f".{name}").write_bytes(content)
            os.replace(folder / f".{name}", folder / name)
    return files.list_files([ConversationFiles(path=str(folder), name=NAME, license=LICENSE)], settings)
