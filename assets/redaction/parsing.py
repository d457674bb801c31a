"""Whether a text is well-formed in its language."""

import configparser
import json
import tomllib
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

import polars as pl

from assets import ledger
from assets.code import grammars


def parses(language: str | None, content: str) -> bool | None:
    """Say whether `content` parses; None in a language without a grammar or a reader here, and when parsing it would take too long."""
    language = grammars.READ_AS.get(language or "", language)
    if language in grammars.LANGUAGES:
        tree = grammars.parse(language, content.encode())
        return None if tree is None else not tree.root_node.has_error
    read = _READERS.get(language or "")
    if read is None:
        return None
    try:
        read(content)
    except (ValueError, expat.ExpatError, configparser.Error):
        return False
    except (RecursionError, MemoryError):
        return None
    return True


def broken(files: pl.DataFrame, settings: None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return {id} of the rows that parsed before they were redacted and do not parse now, and an empty ledger."""
    rows = files.filter(pl.col("parsed_before")).select("id", "language", "content").rows()
    wrong = [name for name, language, content in rows if not parses(language, content)]
    return pl.DataFrame({"id": wrong}, schema={"id": pl.String}), ledger.empty()


def _read_yaml(content: str) -> None:
    import yaml

    try:
        for _ in yaml.compose_all(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # nodes only: aliases are not expanded
            pass
    except yaml.YAMLError as error:
        raise ValueError from error


def _read_xml(content: str) -> None:
    expat.ParserCreate().Parse(content.encode(), True)


def _read_json_lines(content: str) -> None:
    try:
        json.loads(content)
    except ValueError:
        for line in content.splitlines():
            if line.strip():
                json.loads(line)


def _read_ini(content: str) -> None:
    configparser.RawConfigParser(strict=False, allow_no_value=True).read_string(content)


_READERS: dict[str, Callable[[str], Any]] = {
    "JSON": _read_json_lines,
    "Jupyter Notebook": json.loads,
    "TOML": tomllib.loads,
    "YAML": _read_yaml,
    "XML": _read_xml,
    "SVG": _read_xml,
    "INI": _read_ini,
}
