import polars as pl
import pytest

from assets.corpus.exports.exporting import Outcome, export
from assets.corpus.exports.settings import FORMATS, ExportSettings
from tests.assets.corpus.exports.examples import CONVERSATIONS, frame, write


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return frame(CONVERSATIONS, copies=2)


@pytest.fixture(scope="module")
def exported(rows: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All formats of a snapshot, by name."""
    home = tmp_path_factory.mktemp("home")
    outcomes = export(write(rows, home / "lake"), "abc123", home / "exports", FORMATS, ExportSettings())
    return {outcome.manifest.format: outcome for outcome in outcomes}
