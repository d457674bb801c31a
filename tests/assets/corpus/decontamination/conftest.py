from pathlib import Path

import polars as pl
import pytest

from assets.corpus.benchmarks.reading import read_benchmarks
from assets.corpus.benchmarks.settings import BenchmarkSettings
from assets.corpus.decontamination.index import index_benchmarks
from assets.corpus.decontamination.settings import DecontaminationSettings


@pytest.fixture(scope="session")
def human_eval(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    return read_benchmarks(BenchmarkSettings(), Path(tmp_path_factory.mktemp("benchmarks")))[0]


@pytest.fixture(scope="session")
def index(human_eval: pl.DataFrame) -> pl.DataFrame:
    return index_benchmarks(human_eval, DecontaminationSettings())[0]
