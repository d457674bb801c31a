"""Write, audit, publish: what an asset drafted becomes readable only when its contract and every blocking gate hold.

A contract names the pandera schema of a dataset and its gates. From it come the asset's check specs, and `publish`,
which is the last line of every asset: it judges the draft, commits the snapshot, and yields it for publication, or
keeps it at `refs/rejected`, reports which rows failed and why, and fails the step without a materialization.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg
import polars as pl
from blake3 import blake3

from assets import pictures, validation
from resources.engine import Stage
from resources.lake import Draft, Lake, Snapshot, Verdict
from resources.platform import Platform
from resources.settings import Settings

VALIDATE = Stage(validation.validate, version="1")
SHOWN_ROWS = 20  # ids of failing rows that a check result names; all are in refs/rejected


@dataclass(frozen=True)
class Audit:
    """What a gate may look at: the drafted snapshot, and everything that was published before."""

    snapshot: Snapshot
    draft: Draft
    platform: Platform
    log: Callable[[str], object]

    @property
    def lake(self) -> Lake:
        """Everything that was published before."""
        return self.platform.lake

    @property
    def settings(self) -> Settings:
        """The profile."""
        return self.platform.settings

    def parent(self, asset: str) -> Snapshot:
        """Return the snapshot of `asset` that the draft was made from."""
        return self.lake.snapshot(asset, self.draft.parents[asset])


@dataclass(frozen=True)
class Finding:
    """What a gate found: whether its claim holds, and facts that a person can act on."""

    passed: bool
    facts: dict[str, Any]


Gate = Callable[[Audit], Finding]


def failing(ids: Sequence[str | None], what: str, **facts: Any) -> Finding:
    """Return the finding that names the rows `ids` which break a claim; it passes when there are none."""
    named = sorted({row for row in ids if row})[:SHOWN_ROWS]
    return Finding(not ids, {"failing_rows": len(ids), **({"what": what, "row_ids": named} if ids else {}), **facts})


@dataclass(frozen=True)
class Contract:
    """What a dataset promises its readers: a schema (None for folders) and gates; the names in `warnings` do not block."""

    asset: str
    schema: str | None
    gates: tuple[Gate, ...]
    warnings: tuple[str, ...] = ()

    def declaration(self, *kinds: str, stages: Sequence[Stage] = (), owner: str = "team:data") -> dict[str, Any]:
        """Return what `dg.asset` needs to declare the dataset: checks, code version, kinds, owner."""
        names = "\n".join(stage.name for stage in stages)
        return {
            "check_specs": list(self._specs()),
            "code_version": blake3(names.encode()).hexdigest(length=4) if stages else "1",
            "kinds": set(kinds),
            "owners": [owner],
        }

    def publish(self, context: dg.AssetExecutionContext, platform: Platform, draft: Draft, **metadata: Any) -> Iterator[Any]:
        """Judge `draft`, then yield the publication of its snapshot.

        Raises dagster.Failure, after yielding the check results, when a blocking gate fails: readers keep what they had.
        """
        audit = Audit(platform.lake.preview(draft), draft, platform, context.log.info)
        draft.verdicts = [self._judge(audit, gate) for gate in self._all_gates()]
        snapshot = platform.lake.commit(draft)
        results = [_check_result(self.asset, verdict) for verdict in draft.verdicts]
        broken = [verdict for verdict in draft.verdicts if verdict.blocking and not verdict.passed]
        if broken:
            platform.lake.reject(snapshot)
            yield from results
            raise _failure(snapshot, broken)
        passed = sum(verdict.passed for verdict in draft.verdicts)
        rows = f", {snapshot.manifest.rows:,} rows" if self.schema else ""
        context.log.info(f"{self.asset}: publishing {snapshot.id}{rows}, {passed} of {len(results)} checks passed")
        yield dg.MaterializeResult(
            value=(draft, snapshot), data_version=dg.DataVersion(snapshot.id), check_results=results,
            metadata=self._metadata(snapshot) | metadata,
        )  # fmt: skip

    def _all_gates(self) -> tuple[Gate, ...]:
        return (self.matches_contract, *self.gates) if self.schema else self.gates

    def _specs(self) -> Iterator[dg.AssetCheckSpec]:
        for gate in self._all_gates():
            yield dg.AssetCheckSpec(gate.__name__, asset=self.asset, description=gate.__doc__, blocking=gate.__name__ not in self.warnings)

    def _judge(self, audit: Audit, gate: Gate) -> Verdict:
        finding = gate(audit)
        return Verdict(
            check=gate.__name__, passed=finding.passed, blocking=gate.__name__ not in self.warnings,
            description=(gate.__doc__ or "").strip(), facts=finding.facts,
        )  # fmt: skip

    def matches_contract(self, audit: Audit) -> Finding:
        """Every row has the columns, types and values that the schema promises."""
        assert self.schema
        stage = VALIDATE.bind(validation.settings_for(self.schema))
        results = audit.platform.engine.map(audit.draft, [stage], audit.snapshot.shards, audit.log)
        violations = audit.platform.engine.read([result for result in results if result.part.rows])
        rows = [row for frame in violations for row in frame.rows()]
        broken = sorted({f"{column}: {check}" for _, column, check in rows})
        return failing([row_id for row_id, _, _ in rows], "rows that break the schema", **({"broken": broken} if broken else {}))

    def _metadata(self, snapshot: Snapshot) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "dagster/uri": snapshot.folder.as_uri(),
            "folder": dg.MetadataValue.path(str(snapshot.folder)),
            "snapshot": snapshot.id,
            "size_mb": round(snapshot.manifest.n_bytes / 1e6, 3),
            "shards": len(snapshot.shards),
        }
        if self.schema:
            shown |= {"dagster/row_count": snapshot.manifest.rows, "dagster/column_schema": _columns(self.schema)}
            shown |= {"ledger": dg.MetadataValue.md(_rules(snapshot))}
        return shown


def _rules(snapshot: Snapshot) -> str:
    if not snapshot.manifest.ledgers:
        return "no ledger"
    rules = snapshot.ledger().group_by("rule", "action").agg(rows=pl.len()).sort("rows", "rule", descending=[True, False]).collect()
    return pictures.table(rules) if rules.height else "nothing dropped, nothing altered"


def _columns(schema: str) -> dg.TableSchema:
    columns = [
        dg.TableColumn(
            name, str(column.dtype), description=column.description,
            constraints=dg.TableColumnConstraints(column.nullable, column.unique, [str(check.error) for check in column.checks]),
        )
        for name, column in validation.schema_of(schema).columns.items()
    ]  # fmt: skip
    return dg.TableSchema(columns)


def _check_result(asset: str, verdict: Verdict) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.ERROR if verdict.blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(asset_key=asset, check_name=verdict.check, passed=verdict.passed, severity=severity, metadata=verdict.facts)


def _failure(snapshot: Snapshot, broken: Sequence[Verdict]) -> dg.Failure:
    reasons = "; ".join(f"{verdict.check} ({', '.join(f'{name}: {fact}' for name, fact in verdict.facts.items())})" for verdict in broken)
    return dg.Failure(
        f"{snapshot.asset} snapshot {snapshot.id} is not published, readers keep the last good one: {reasons}",
        metadata={"rejected": dg.MetadataValue.path(str(snapshot.folder))},
        allow_retries=False,
    )
