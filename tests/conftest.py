"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from hypothesis.internal.conjecture import providers

from assets.model import base_model
from resources.engine import EngineSettings, LocalEngine
from resources.lake import Lake

# Set before Dagster, transformers and W&B are imported anywhere.
os.environ |= {"DAGSTER_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "WANDB_MODE": "offline"}
# The same examples everywhere: a change is judged by what it changes. `--hypothesis-profile=default` draws new ones.
# Hypothesis also draws constants of the modules that happen to be loaded, which with several workers is another set in each run.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")
providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake.at(tmp_path / "home")


@pytest.fixture
def engine(lake: Lake) -> Iterator[LocalEngine]:
    """An engine without worker processes."""
    engine = LocalEngine(lake, EngineSettings(workers=0))
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def real_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2-135M-Instruct from its wheel: half a minute, once for all processes of a run."""
    own = tmp_path_factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "real_base"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            base_model.materialise(base_model.BaseModelSettings(), folder.with_suffix(".partial"))
            folder.with_suffix(".partial").rename(folder)
    return folder
