from datetime import UTC, datetime, timedelta

import dagster as dg
import polars as pl
import pytest

from resources.lake import Lake, Snapshot
from resources.settings import Settings
from sensors import retrain_on_change


def publish(lake: Lake, asset: str, ids: range, parents: list[Snapshot] | None = None) -> Snapshot:
    draft = lake.draft(asset, parents or [])
    draft.parts = [lake.put(pl.DataFrame({"id": [str(number) for number in ids]}), "s")]
    snapshot = lake.commit(draft)
    lake.publish(snapshot, draft.base)
    return snapshot


def ask(lake: Lake, min_new_rows: int = 10, cooldown_hours: float = 0) -> dg.RunRequest | dg.SkipReason:
    settings = Settings.model_validate({"retraining": {"min_new_rows": min_new_rows, "cooldown_hours": cooldown_hours}})
    with dg.build_sensor_context() as context:
        return retrain_on_change(context, lake=lake, settings=settings)  # type: ignore[return-value]


def test_nothing_is_asked_before_there_are_splits(lake: Lake) -> None:
    assert ask(lake) == dg.SkipReason("chatml_splits was never published")


def test_the_first_adapter_is_asked_for_when_there_are_enough_rows(lake: Lake) -> None:
    snapshot = publish(lake, "chatml_splits", range(10))
    assert ask(lake, 11) == dg.SkipReason("10 rows changed since the adapter was trained, 11 are needed")
    request = ask(lake, 10)
    assert isinstance(request, dg.RunRequest) and request.run_key == f"chatml_splits-{snapshot.id}"


def test_only_rows_that_changed_since_the_training_count(lake: Lake) -> None:
    trained_on = publish(lake, "chatml_splits", range(100))
    publish(lake, "lora_adapter", range(1), [trained_on])
    assert isinstance(ask(lake), dg.SkipReason), "the adapter is up to date"
    publish(lake, "chatml_splits", range(3, 106))
    assert isinstance(ask(lake, 10), dg.SkipReason), "3 rows went, 6 came"
    assert isinstance(ask(lake, 9), dg.RunRequest)
    publish(lake, "chatml_splits", range(100))
    assert isinstance(ask(lake, 1), dg.SkipReason), "the same content again"


def test_the_same_snapshot_is_asked_for_once_and_a_new_one_again(lake: Lake) -> None:
    publish(lake, "chatml_splits", range(100))
    first, again = ask(lake), ask(lake)
    publish(lake, "chatml_splits", range(200))
    third = ask(lake)
    assert isinstance(first, dg.RunRequest) and isinstance(again, dg.RunRequest) and isinstance(third, dg.RunRequest)
    assert first.run_key == again.run_key != third.run_key


def test_the_cool_down_has_to_pass(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    trained_on = publish(lake, "chatml_splits", range(100))
    publish(lake, "lora_adapter", range(1), [trained_on])
    publish(lake, "chatml_splits", range(200))
    skipped = ask(lake, cooldown_hours=24)
    assert isinstance(skipped, dg.SkipReason) and skipped.skip_message and "the cool-down ends at" in skipped.skip_message

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(hours=25)

    monkeypatch.setattr("sensors.retraining.datetime", Tomorrow)
    assert isinstance(ask(lake, cooldown_hours=24), dg.RunRequest)
