"""The `llm` resource: what an asset opens a client with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from resources.llm.client import Client
from resources.llm.ledger import opened_ledger
from resources.llm.settings import LlmSettings

LEDGER = "completions.sqlite"
_CONFIG = {
    "retry_failed": dg.Field(bool, default_value=False, description="ask again what failed for good in earlier runs"),
    "reasons": dg.Field([str], default_value=[], description="only what failed for these, such as invalid_json; none: whatever the reason"),
}


@dataclass(frozen=True)
class Llm:
    """The endpoints of the profile and the ledger of the lake. `reasons` is None where failures stay as they are."""

    settings: LlmSettings
    ledger_file: Path
    reasons: tuple[str, ...] | None = None

    @contextmanager
    def opened(self, say: Callable[[str], object]) -> Iterator[Client]:
        """Open a client, after forgetting the failures that this run is to try again. Raises sqlite3.DatabaseError and OSError."""
        if self.reasons is not None:
            with opened_ledger(self.ledger_file) as ledger:
                say(f"llm: {ledger.forget_failures(self.reasons):,} failed requests are tried again")
        with Client(self.settings, self.ledger_file, say) as client:
            yield client


@dg.resource(
    required_resource_keys={"settings", "lake"},
    config_schema=_CONFIG,
    description="Language models behind OpenAI-compatible endpoints, with a ledger of every completion.",
)
def llm_resource(context: dg.InitResourceContext) -> Llm:
    """Return the way to the language models of the profile."""
    config, found = context.resource_config, context.resources
    reasons = tuple(config["reasons"]) if config["retry_failed"] else None
    return Llm(found.settings.llm, found.lake.storage.root / LEDGER, reasons)
