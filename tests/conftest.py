"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

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
