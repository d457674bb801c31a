from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from resources.forge import Forge


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forge")


@pytest.fixture(scope="module")
def forge(folder: Path) -> Iterator[Forge]:
    with Forge.serve(folder) as forge:
        yield forge


@pytest.fixture(scope="module")
def client(forge: Forge) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=forge.base_url) as client:
        yield client
