from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources.engine import LocalEngine, Stage
from resources.lake import Lake, Snapshot, history


def publish(lake: Lake, content: dict[str, int], asset: str = "words") -> Snapshot:
    draft = lake.draft(asset)
    names = sorted(content)
    buckets = [[name for name in names if ord(name[0]) % 2 == parity] for parity in (0, 1)]
    schema = {"id": pl.String, "value": pl.Int64}
    draft.parts = [
        lake.put(pl.DataFrame({"id": bucket, "value": [content[name] for name in bucket]}, schema=schema), str(number))
        for number, bucket in enumerate(buckets)
    ]
    snapshot = lake.commit(draft)
    lake.publish(snapshot, draft.base)
    return snapshot


CONTENT = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 2))


@given(old=CONTENT, new=CONTENT)
@settings(max_examples=25, deadline=None)
def test_diff_names_exactly_the_rows_that_differ(
    tmp_path_factory: pytest.TempPathFactory, old: dict[str, int], new: dict[str, int]
) -> None:
    lake = Lake.at(tmp_path_factory.mktemp("lake"))
    before, after = publish(lake, old), publish(lake, new)
    expected = {name: "added" for name in new if name not in old} | {name: "removed" for name in old if name not in new}
    expected |= {name: "changed" for name in new if name in old and old[name] != new[name]}
    assert dict(history.diff(lake, "words", before.id, after.id).rows()) == expected


def test_versions_lists_what_was_published_newest_first(lake: Lake) -> None:
    first, second = publish(lake, {"a": 1}), publish(lake, {"a": 1, "b": 2})
    versions = history.versions(lake, "words")
    assert versions["snapshot"].to_list() == [second.id, first.id]
    assert versions["is_current"].to_list() == [True, False]
    assert versions["rows"].to_list() == [2, 1]


def test_prune_keeps_the_newest_and_what_others_were_made_from(lake: Lake) -> None:
    old = publish(lake, {"a": 0})
    draft = lake.draft("derived", [old])
    draft.parts = [lake.put(pl.DataFrame({"id": ["x"]}), "s")]
    lake.publish(lake.commit(draft), None)
    ids = [publish(lake, {"a": number}).id for number in range(1, 5)]
    assert history.prune(lake, keep=2)["snapshots"] == 2
    assert set(lake.storage.names("lake/words/snapshots")) == {old.id, *ids[-2:]}
    assert lake.open("words").collect()["value"].to_list() == [4]


def test_prune_removes_memo_entries_that_no_snapshot_was_made_with(lake: Lake, engine: LocalEngine) -> None:
    inputs = [lake.put(pl.DataFrame({"id": [name]}), name) for name in "ab"]
    for number, shards in enumerate([inputs, inputs[1:]]):
        draft = lake.draft("words")
        engine.build(draft, [Stage(keep_all, "1")], shards)
        lake.publish(lake.commit(draft), draft.base)
        assert engine.computed == 2, number
    assert history.prune(lake, keep=1)["memo_entries"] == 2  # the task on "a", and the input "a"
    draft = lake.draft("words")
    engine.build(draft, [Stage(keep_all, "1")], inputs[1:])
    assert engine.computed == 2, "what the published snapshot was made with is remembered"


def test_prune_refuses_to_remove_everything(lake: Lake) -> None:
    with pytest.raises(ValueError, match="keep must be at least 1"):
        history.prune(lake, keep=0)


def keep_all(frame: pl.DataFrame, settings: None) -> tuple[pl.DataFrame, pl.DataFrame]:
    return frame, pl.DataFrame(schema={"row_id": pl.String, "rule": pl.String})


def test_storage_clears_only_what_dead_processes_left(lake: Lake) -> None:
    root = Path(lake.storage.root)
    (root / "tmp" / "999999999-dead").mkdir(parents=True)
    import os

    (root / "tmp" / f"{os.getpid()}-alive").mkdir()
    lake.storage.clear_temporary()
    assert lake.storage.names("tmp") == [f"{os.getpid()}-alive"]
