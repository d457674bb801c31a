"""Writes published splits in the formats that trainers read."""

from pathlib import Path

import dagster as dg
from pydantic import Field, ValidationError

from assets.corpus.exports.exporting import ExportError, Outcome, export
from assets.corpus.exports.settings import FORMATS, SPLITS, ExportSettings
from resources.lake import CorruptShard, Lake, LakeError

DATASET = "chatml_splits"


class ExportConfig(dg.Config):
    """What to write, and where."""

    formats: list[str] = Field(list(FORMATS), description=f"of {', '.join(FORMATS)}")
    splits: list[str] = Field(list(SPLITS), description=f"of {', '.join(SPLITS)}")
    folder: str = Field("", description="where to; empty: exports in the platform's home")
    snapshot: str = Field("", description="the snapshot's id; empty: the published one")
    with_bos: bool = ExportSettings.model_fields["with_bos"].default
    max_rows_per_file: int = ExportSettings.model_fields["max_rows_per_file"].default


@dg.op
def write_exports(context: dg.OpExecutionContext, config: ExportConfig, lake: dg.ResourceParam[Lake]) -> None:
    """Write the formats of a snapshot to <folder>/<snapshot>/<format>/; what is there already is verified and stays."""
    folder = Path(config.folder).expanduser() if config.folder else lake.storage.root / "exports"
    try:
        settings = ExportSettings.model_validate(config.model_dump(include=set(ExportSettings.model_fields)))
        unknown = sorted(set(config.formats) - set(FORMATS))
        if unknown or not config.formats:
            raise ExportError(f"formats: no {', '.join(unknown) or 'format'}: give some of {', '.join(FORMATS)}.")
        snapshot = lake.snapshot(DATASET, config.snapshot or None)
        snapshot.verify(snapshot.shards)
        files = [Path(lake.storage.uri(shard.key)) for shard in snapshot.shards]
        names = [name for name in FORMATS if name in config.formats]
        outcomes = export(files, snapshot.id, folder.resolve(), names, settings)
    except ValidationError as error:
        raise dg.Failure("; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())) from None
    except (ExportError, LakeError, CorruptShard, OSError) as error:
        raise dg.Failure(str(error)) from None
    for outcome in outcomes:
        context.log.info(summary(outcome))
    context.add_output_metadata({outcome.manifest.format: dg.MetadataValue.path(str(outcome.folder)) for outcome in outcomes})


def summary(outcome: Outcome) -> str:
    """Return a line that says what became of a format."""
    manifest = outcome.manifest
    if not outcome.is_new:
        return f"{manifest.format}: {outcome.folder} holds this snapshot already, all files as exported: nothing to do"
    left_out = ", ".join(f"{count} {reason}" for reason, count in manifest.total("left_out").items())
    rows = ", ".join(f"{split} {counts.rows}" for split, counts in manifest.splits.items())
    return f"{manifest.format}: {rows} rows in {outcome.folder}" + (f"; left out: {left_out}" if left_out else "")


@dg.job(name="export", executor_def=dg.in_process_executor, description="Writes published splits in the formats that trainers read.")
def export_splits() -> None:
    """Export a snapshot of chatml_splits."""
    write_exports()
