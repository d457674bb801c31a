"""How Dagster hands datasets from step to step: it publishes what a step yields and gives readers the published snapshot."""

from typing import Any

import dagster as dg
import polars as pl

from resources.lake.lake import Draft, Lake
from resources.lake.snapshot import Snapshot


class LakeIOManager(dg.IOManager):
    """Publishes a drafted snapshot as `refs/main`; loads a parameter as Snapshot, or as LazyFrame where it is annotated so."""

    def __init__(self, lake: Lake) -> None:
        """Keep datasets in `lake`."""
        self.lake = lake

    def handle_output(self, context: dg.OutputContext, obj: tuple[Draft, Snapshot]) -> None:
        """Publish the snapshot of a draft that passed its blocking checks. Raises PublicationConflict."""
        draft, snapshot = obj
        self.lake.publish(snapshot, draft.base)

    def load_input(self, context: dg.InputContext) -> Any:
        """Return the published snapshot of the upstream asset. Raises LakeError, CorruptShard."""
        snapshot = self.lake.snapshot(context.asset_key.path[-1])
        return snapshot.scan() if context.dagster_type.typing_type is pl.LazyFrame else snapshot
