from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assets.code.opt_outs import OptOuts
from assets.documents.sources import acquiring
from assets.documents.sources.acquiring import Acquired
from assets.documents.sources.settings import DocumentSources, FetchSettings
from tests.document_server import NOW, Hub, serve


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve() as running:
        yield running


class Acquirer:
    """Acquires from one server into one store, without waiting long."""

    def __init__(self, hub: Hub, folder: Path) -> None:
        self.hub, self.folder, self.lines = hub, folder, list[str]()
        self.fetch: dict[str, Any] = {"allowed_private_hosts": (hub.host,), "backoff_s": 0.01, "timeout_s": 0.5, "max_wait_s": 2.0}

    def __call__(
        self, *names: str, now: float = NOW, opted: OptOuts | None = None, key: Any = None, fetch: Any = None, **sources: Any
    ) -> Acquired:
        settings = FetchSettings(**self.fetch | (fetch or {}))
        urls = [name if "://" in name else self.hub.url + name for name in names]
        wanted = DocumentSources(urls=[*urls, *sources.pop("urls", [])], fetch=settings, **sources)
        return acquiring.acquire(wanted, self.folder, opted or OptOuts(), key, now, self.lines.append)


@pytest.fixture
def acquire(hub: Hub, tmp_path: Path) -> Acquirer:
    return Acquirer(hub, tmp_path / "store")
