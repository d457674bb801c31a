import multiprocessing
import os
import signal
import time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import disk
from resources.lake import CorruptShard, Lake, LakeError, PublicationConflict, Snapshot, parquet


def publish(lake: Lake, asset: str, *frames: pl.DataFrame) -> Snapshot:
    draft = lake.draft(asset)
    draft.parts = [lake.put(frame, f"shard-{number}") for number, frame in enumerate(frames)]
    snapshot = lake.commit(draft)
    lake.publish(snapshot, draft.base)
    return snapshot


def rows(*names: str) -> pl.DataFrame:
    return pl.DataFrame({"id": list(names), "value": [len(name) for name in names]})


def test_readers_see_what_was_published_and_older_snapshots_stay_readable(lake: Lake) -> None:
    first = publish(lake, "words", rows("a", "b"))
    second = publish(lake, "words", rows("a", "b"), rows("ccc"))
    assert lake.open("words").collect()["id"].to_list() == ["a", "b", "ccc"]
    assert lake.open("words", first.id).collect()["id"].to_list() == ["a", "b"]
    assert lake.current("words") == second.id != first.id


def test_the_same_content_has_the_same_id_wherever_it_is_written(lake: Lake, tmp_path: Path) -> None:
    elsewhere = Lake.at(tmp_path / "elsewhere")
    chunked = pl.concat([rows("a"), rows("b")], rechunk=False)
    assert publish(lake, "words", rows("a", "b")).id == publish(elsewhere, "words", chunked).id


def test_a_frame_that_is_there_is_not_encoded_again(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    first = lake.put(rows("a", "b"), "one")
    with monkeypatch.context() as patch:
        patch.setattr(parquet, "encode", None)
        again = lake.put(pl.concat([rows("a"), rows("b")], rechunk=False), "two")
    assert (again.label, again.key, again.digest, again.bytes) == ("two", first.key, first.digest, first.bytes)
    lake.storage.write(first.key, b"went bad")
    assert lake.put(rows("a", "b"), "one") == first and lake.storage.digest(first.key) == first.digest


def test_frames_stored_together_are_what_each_would_be(lake: Lake, tmp_path: Path) -> None:
    frames = [(str(number), rows(f"text {number % 7}")) for number in range(40)]  # equal ones at the same time too
    alone = Lake.at(tmp_path / "elsewhere")
    assert lake.put_all(frames) == [alone.put(frame, label) for label, frame in frames]
    assert all(lake.storage.digest(shard.key) == shard.digest for shard in lake.put_all(frames))


def test_the_files_of_a_snapshot_are_on_the_disk_before_it_is_there(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = lake.draft("words")
    draft.parts = [lake.put(rows("a"), "one"), lake.put(rows("b"), "two")]
    synced: list[str] = []
    monkeypatch.setattr(disk, "sync", lambda path: synced.append(path.name))
    snapshot = lake.commit(draft)
    assert synced[:-2] == ["part-00000.parquet", "part-00001.parquet", "manifest.json"]
    assert synced[-1] == "snapshots" and snapshot.folder.is_dir()


def test_an_input_is_not_waited_for(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "sync", None)
    assert lake.storage.exists(lake.put(rows("a"), "one").key)


SERIES = [
    pl.Series("n", [1, 2], dtype=pl.Int64), pl.Series("n", [1, 2], dtype=pl.UInt64), pl.Series("m", [1, 2], dtype=pl.Int64),
    pl.Series("n", [1, None], dtype=pl.Int64), pl.Series("n", ["ab", "c"]), pl.Series("n", ["a", "bc"]), pl.Series("n", [b"ab", b"c"]),
    pl.Series("n", [["ab"], ["c"]]), pl.Series("n", [["ab", "c"], []]), pl.Series("n", ["ab", "c"], dtype=pl.Enum(["ab", "c"])),
    pl.Series("n", ["ab", "c"], dtype=pl.Enum(["ab", "c", "d"])), pl.Series("n", ["ab", "c"], dtype=pl.Categorical),
    pl.Series("n", [1, 2], dtype=pl.Datetime("us")), pl.Series("n", [1, 2], dtype=pl.Datetime("us", "UTC")),
]  # fmt: skip


def test_frames_that_differ_have_other_names() -> None:
    assert len({parquet.name(series.to_frame()) for series in SERIES}) == len(SERIES)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text("ab\u00e9", max_size=20), max_size=12), st.integers(0, 12), st.integers(0, 12))
def test_a_name_does_not_tell_what_a_frame_was_cut_from(values: list[str], start: int, length: int) -> None:
    whole = pl.DataFrame({"id": values}, schema={"id": pl.String}).with_columns(ids=pl.concat_list("id"))
    part = whole.slice(start, length) if start else whole.filter(pl.int_range(pl.len()) % 3 != length % 3)
    copy = pl.DataFrame(part.to_dict(as_series=False), schema=part.schema)
    assert parquet.name(part) == parquet.name(copy)


def test_the_ledger_is_part_of_the_id(lake: Lake) -> None:
    plain = publish(lake, "words", rows("a"))
    draft = lake.draft("words")
    draft.parts, draft.ledgers = [lake.put(rows("a"), "s")], [lake.put(rows("dropped"), "s")]
    assert lake.commit(draft).id != plain.id


def test_publishing_again_changes_nothing(lake: Lake) -> None:
    publish(lake, "words", rows("a"))
    publish(lake, "words", rows("a"))
    assert len(lake.log("words")) == 1


def test_a_changed_byte_is_reported_by_name_and_mended_by_the_next_commit(lake: Lake) -> None:
    snapshot = publish(lake, "words", rows("a", "b"))
    shard = Path(lake.storage.uri(snapshot.shards[0].key))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(CorruptShard, match=r"part-00000\.parquet .*words snapshot " + snapshot.id):
        lake.open("words")
    publish(lake, "words", rows("a", "b"))
    assert lake.open("words").collect()["id"].to_list() == ["a", "b"]


def test_a_missing_shard_is_reported_by_name(lake: Lake) -> None:
    snapshot = publish(lake, "words", rows("a"))
    Path(lake.storage.uri(snapshot.shards[0].key)).unlink()
    with pytest.raises(CorruptShard, match=r"part-00000\.parquet.*it is missing|part-00000\.parquet .*nothing"):
        lake.open("words")


def test_what_is_not_there_is_named(lake: Lake) -> None:
    with pytest.raises(LakeError, match="words has no published snapshot: materialize words first"):
        lake.open("words")
    known = publish(lake, "words", rows("a")).id
    with pytest.raises(LakeError, match=f"no snapshot 0000 .there are: {known}"):
        lake.open("words", "0000")


def test_of_two_writers_one_wins_and_the_other_is_told(lake: Lake) -> None:
    publish(lake, "words", rows("start"))
    slow, quick = lake.draft("words"), lake.draft("words")
    slow.parts, quick.parts = [lake.put(rows("slow"), "s")], [lake.put(rows("quick"), "s")]
    lake.publish(lake.commit(quick), quick.base)
    with pytest.raises(PublicationConflict, match="materialize words again"):
        lake.publish(lake.commit(slow), slow.base)
    assert lake.open("words").collect()["id"].to_list() == ["quick"]


def test_two_writers_of_the_same_content_agree(lake: Lake) -> None:
    drafts = [lake.draft("words"), lake.draft("words")]
    for draft in drafts:
        draft.parts = [lake.put(rows("a"), "s")]
        lake.publish(lake.commit(draft), draft.base)
    assert lake.open("words").collect().height == 1


def test_a_rejected_snapshot_is_kept_and_not_read(lake: Lake) -> None:
    good = publish(lake, "words", rows("good"))
    draft = lake.draft("words")
    draft.parts = [lake.put(rows("bad"), "s")]
    bad = lake.commit(draft)
    lake.reject(bad)
    assert lake.current("words") == good.id
    assert lake.current("words", "rejected") == bad.id
    assert lake.open("words", bad.id).collect()["id"].to_list() == ["bad"]


def test_a_folder_is_a_snapshot_too(lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "model" / "sub").mkdir(parents=True)
    (tmp_path / "model" / "config.json").write_text("{}")
    (tmp_path / "model" / "sub" / "weights.bin").write_bytes(b"\0" * 1000)
    draft = lake.draft("model")
    lake.put_folder(draft, tmp_path / "model")
    snapshot = lake.commit(draft)
    assert (snapshot.folder / "sub" / "weights.bin").read_bytes() == b"\0" * 1000
    (snapshot.folder / "config.json").write_text("{ }")
    with pytest.raises(CorruptShard, match=r"config\.json"):
        snapshot.verify()


def _publish_for_ever(home: Path) -> None:
    lake, number = Lake.at(home), 0
    while True:
        number += 1
        publish(lake, "words", *(rows(*(f"{number}-{shard}-{row}" for row in range(50))) for shard in range(4)))


@pytest.mark.parametrize("delay_s", [0.05, 0.13, 0.29])
def test_a_writer_killed_at_any_moment_leaves_a_whole_snapshot(lake: Lake, delay_s: float) -> None:
    publish(lake, "words", *(rows(f"0-{shard}") for shard in range(4)))
    writer = multiprocessing.get_context("spawn").Process(target=_publish_for_ever, args=(lake.storage.root,))
    writer.start()
    start = lake.current("words")
    while lake.current("words") == start and writer.is_alive():  # the process is up and writing
        time.sleep(0.01)
    time.sleep(delay_s)
    assert writer.pid
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    found = lake.open("words").collect()
    assert found.height == 200 and len({name.split("-")[0] for name in found["id"]}) == 1
    publish(lake, "words", rows("after"))
    assert lake.open("words").collect()["id"].to_list() == ["after"]
    lake.storage.clear_temporary()
    assert lake.storage.names("tmp") == []
