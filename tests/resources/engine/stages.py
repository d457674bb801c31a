"""Stages for the tests of the engine; workers import them by name."""

import os
import sys
from collections.abc import Sequence
from multiprocessing import parent_process
from pathlib import Path

import polars as pl
from pydantic import BaseModel

from assets import ledger


class Settings(BaseModel, frozen=True):
    limit: int = 10
    folder: str = ""


def keep_small(frame: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    large = pl.col("value") > settings.limit
    return frame.filter(~large), ledger.entries(frame.filter(large), "too_large", score=pl.col("value"), threshold=settings.limit)


def double(frame: pl.DataFrame, settings: None) -> tuple[pl.DataFrame, pl.DataFrame]:
    return frame.with_columns(pl.col("value") * 2), ledger.empty()


def fail_on_13(frame: pl.DataFrame, settings: None) -> tuple[pl.DataFrame, pl.DataFrame]:
    if (frame["value"] == 13).any():
        raise ValueError("password=hunter2")
    return frame, ledger.empty()


def die_on_13(frame: pl.DataFrame, settings: None) -> tuple[pl.DataFrame, pl.DataFrame]:
    if (frame["value"] == 13).any():
        os._exit(9)
    return frame, ledger.empty()


def die_once(frame: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Die on 13 the first time only, as when the machine was short of memory for a moment."""
    mark = Path(settings.folder) / "died"
    if (frame["value"] == 13).any() and not mark.exists():
        mark.touch()
        os._exit(9)
    return frame, ledger.empty()


def add_side(frame: pl.DataFrame, settings: None, side: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    return frame.with_columns(pl.col("value") + side["offset"][0]), ledger.empty()


def count_rows(frame: pl.DataFrame, settings: None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Tell how many rows were given at once: of a stage that keeps to `by_row` nobody can tell."""
    return frame.with_columns(given=pl.len(), worker=pl.lit(os.getpid())), ledger.empty()


def place(items: Sequence[int]) -> tuple[int, list[int]]:
    """Tell where this ran, and on what."""
    return os.getpid(), list(items)


def fail_below_zero(items: Sequence[int]) -> list[int]:
    if any(item < 0 for item in items):
        raise NotADirectoryError(f"{min(items)} is below zero")
    return list(items)


def die_in_a_worker(items: Sequence[int]) -> list[int]:
    if parent_process() is not None:
        os._exit(9)
    return list(items)


def name_of_main(_: int) -> str:
    """Tell which file this process has for its main module besides Python's own."""
    return str(getattr(sys.modules.get("__mp_main__"), "__file__", None))
