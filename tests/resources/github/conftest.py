from collections.abc import Iterator

import pytest

from tests import github_server
from tests.github_server import Hub


@pytest.fixture
def hub() -> Iterator[Hub]:
    with github_server.serve() as server:
        server.add(1)
        yield server
