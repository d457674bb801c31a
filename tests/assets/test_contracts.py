"""Write, audit, publish, through Dagster: what fails its audit is not materialized and not read."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets import gates
from assets.contracts import Contract
from assets.corpus import chat
from resources import platform
from resources.engine import LocalEngine
from resources.lake import Lake, Snapshot
from resources.lake.io_manager import LakeIOManager
from resources.settings import Settings

CHATS = Contract("chats", "assets.corpus.schema:ChatExamples", gates.SOURCE)
COPIES = Contract("copies", "assets.corpus.schema:ChatExamples", gates.TABLE)
SECRET = "the text of a row"


def chats(*names: str, **columns: list[Any]) -> pl.DataFrame:
    messages = [[dict.fromkeys(("role", "content", "tool_calls", "tool_call_id", "name")) | {"role": "user", "content": SECRET}]]
    frame = {"id": [name * 32 for name in names], "parent_ids": [[]] * len(names), "source": ["code_qa"] * len(names)}
    frame |= {name: [None] * len(names) for name in ("slice", "language", "license")} | {"group_keys": [["repository:g"]] * len(names)}
    frame |= {"messages": messages * len(names), "tools": ["[]"] * len(names), "weight": [1.0] * len(names)} | columns
    types = {name: dtype for name, dtype in chat.SCHEMA.items() if name not in columns}
    return pl.DataFrame(frame, schema_overrides=types)


def run(lake: Lake, engine: LocalEngine, frame: pl.DataFrame, settings: Settings | None = None) -> dg.ExecuteInProcessResult:
    """Materialize `chats` from `frame`, and `copies` from what is published of it."""

    @dg.asset(name="chats", **CHATS.declaration("parquet"))
    def upstream(context: dg.AssetExecutionContext, platform: dg.ResourceParam[platform.Platform]) -> Iterator[Any]:
        draft = lake.draft("chats")
        draft.parts = [lake.put(frame, "s")]
        yield from CHATS.publish(context, platform, draft)

    @dg.asset(name="copies", **COPIES.declaration("parquet"))
    def downstream(context: dg.AssetExecutionContext, platform: dg.ResourceParam[platform.Platform], chats: Snapshot) -> Iterator[Any]:
        draft = lake.draft("copies", [chats])
        draft.parts = [lake.put(chats.scan().collect().with_columns(parent_ids=pl.concat_list("id")), "s")]
        yield from COPIES.publish(context, platform, draft)

    bundle = platform.Platform(settings or Settings(), lake, engine, dg.PipesSubprocessClient())
    return dg.materialize([upstream, downstream], resources={"platform": bundle, "io_manager": LakeIOManager(lake)}, raise_on_error=False)


def test_a_good_snapshot_is_published_with_its_checks_and_facts(lake: Lake, engine: LocalEngine) -> None:
    result = run(lake, engine, chats("a", "b"))
    assert result.success
    snapshot = lake.snapshot("chats")
    assert {verdict.check: verdict.passed for verdict in snapshot.manifest.verdicts} == {
        "matches_contract": True, "ids_are_unique": True, "row_count_is_plausible": True,
    }  # fmt: skip
    (materialization,) = result.asset_materializations_for_node("chats")
    assert materialization.tags["dagster/data_version"] == snapshot.id
    assert materialization.metadata["dagster/row_count"].value == 2
    columns = materialization.metadata["dagster/column_schema"].value.columns
    assert {column.name: column.type for column in columns}["messages"] == str(chat.SCHEMA["messages"])
    assert lake.snapshot("copies").manifest.parents == {"chats": snapshot.id}


@pytest.mark.parametrize(
    ("frame", "check", "row"),
    [
        (chats("a", "b", tools=["[]", ""]), "matches_contract", "b" * 32),
        (chats("a", "b").drop("license"), "matches_contract", None),
        (chats("a", "b").with_columns(extra=pl.lit(1)), "matches_contract", None),
        (chats("a", "b", tools=["[]", None]), "matches_contract", "b" * 32),
        (chats("a", "b", source=[1, 2]), "matches_contract", None),
        (chats("a", "a"), "ids_are_unique", "a" * 32),
        (chats("a").clear(), "row_count_is_plausible", None),
    ],
)
def test_a_planted_violation_is_kept_from_readers(
    lake: Lake, engine: LocalEngine, frame: pl.DataFrame, check: str, row: str | None
) -> None:
    run(lake, engine, chats("a", "b", "c"))
    good, copies = lake.current("chats"), lake.current("copies")
    result = run(lake, engine, frame)
    assert not result.success
    assert (lake.current("chats"), lake.current("copies")) == (good, copies)
    assert result.asset_materializations_for_node("chats") == []
    failed = {evaluation.check_name: evaluation for evaluation in result.get_asset_check_evaluations() if not evaluation.passed}
    assert check in failed
    if row:
        assert row in failed[check].metadata["row_ids"].value
    rejected = lake.current("chats", "rejected")
    assert rejected and lake.snapshot("chats", rejected).scan().collect().height == frame.height


def test_rows_that_vanish_need_a_decision(lake: Lake, engine: LocalEngine) -> None:
    run(lake, engine, chats("a", "b", "c", "d"))
    assert not run(lake, engine, chats("a")).success
    assert run(lake, engine, chats("a"), Settings.model_validate({"checks": {"max_row_loss_share": 0.8}})).success


def test_a_parent_that_is_not_there_is_found(lake: Lake, engine: LocalEngine) -> None:
    from assets.contracts import Audit

    run(lake, engine, chats("a"))
    draft = lake.draft("copies", [lake.snapshot("chats")])
    draft.parts = [lake.put(chats("x", "y", parent_ids=[["a" * 32], ["z" * 32]]), "s")]
    bundle = platform.Platform(Settings(), lake, engine, dg.PipesSubprocessClient())
    finding = gates.parents_exist(Audit(lake.preview(draft), draft, bundle, print))
    assert not finding.passed and finding.facts["row_ids"] == ["y" * 32]


def test_no_text_of_a_row_reaches_the_event_log(lake: Lake, engine: LocalEngine) -> None:
    bad = chats("a", "b", tools=["[]", ""], source=["code_qa", SECRET])
    for frame in (chats("a", "b"), bad):
        assert SECRET not in "".join(str(event) for event in run(lake, engine, frame).all_events)


def test_a_changed_schema_is_checked_anew(tmp_path: Path) -> None:
    from assets import validation

    settings = validation.settings_for("assets.corpus.schema:ChatExamples")
    assert settings != validation.settings_for("assets.model.schema:BaselineEval")
    assert settings.source_hash != validation.settings_for("assets.code.schema:RawCode").source_hash
