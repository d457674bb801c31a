import gzip
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from assets.code import reading, swhids
from assets.code.sources import blobs, listing, object_store, software_heritage
from assets.code.sources.object_store import ObjectStore, ObjectStoreError
from assets.code.sources.software_heritage import Location, SoftwareHeritageSource
from tests import faulty_s3
from tests.faulty_s3 import FaultyS3

MAX_BYTES = 20_000
CONTENTS = [f"print({number})\n".encode() * 40 for number in range(80)]
BOMB = b"0" * 5_000_000


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


BLOBS = [sha1(data) for data in CONTENTS]
WRONG = sha1(b"something else")
ZIPPED = gzip.compress(b"an archive that somebody committed")
OBJECTS = {
    **{sha1(data): gzip.compress(data) for data in CONTENTS},
    WRONG: gzip.compress(b"not what the name says"),
    sha1(BOMB): gzip.compress(BOMB),
    sha1(ZIPPED): ZIPPED,
    swhids.git_sha1(b"by its SWHID"): gzip.compress(b"by its SWHID"),
    sha1(b"as it is"): b"as it is",
}


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyS3]:
    with faulty_s3.serve() as running:
        faulty_s3.fill(running.url, "softwareheritage", OBJECTS)
        yield running


@pytest.fixture
def s3(server: FaultyS3, monkeypatch: pytest.MonkeyPatch) -> FaultyS3:
    for name in object_store.CREDENTIALS:
        monkeypatch.delenv(name, raising=False)
    server.faults.clear()
    server.requests.clear()
    server.authorizations.clear()
    server.everything, server.delay_s = None, 0.0
    return server


def store_of(s3: FaultyS3, **changed: object) -> ObjectStore:
    return ObjectStore.model_validate({"endpoint_url": s3.url, "max_attempts": 4, "max_backoff_s": 0.1, "timeout_s": 10.0, **changed})


def entries_of(store: ObjectStore, folder: Path, *names: str | None, **columns: object) -> pl.DataFrame:
    place = Location(store=store, blobs=folder / "blobs.sqlite").model_dump_json()
    rows = [
        {"source": "software_heritage", "path": str(n), "blob": name, "digest": name, "location": place} for n, name in enumerate(names)
    ]
    return pl.DataFrame([row | columns for row in rows], schema=listing.SCHEMA)


def read(entries: pl.DataFrame, max_bytes: int = MAX_BYTES) -> list[tuple[bytes | None, str | None]]:
    return [tuple(content) for content in software_heritage.read_contents(entries, max_bytes)]


def test_contents_come_in_the_order_of_the_entries(s3: FaultyS3, tmp_path: Path) -> None:
    order = [*reversed(range(80)), 3, 3]
    found = read(entries_of(store_of(s3), tmp_path, *[BLOBS[n] for n in order]))
    assert found == [(CONTENTS[n], None) for n in order]
    assert s3.asked(BLOBS[3]) == 1
    assert set().union(*s3.authorizations.values()) == {"none"}


@pytest.mark.parametrize("fault", ["503 SlowDown", "429 TooManyRequests", "500 InternalError", "reset", "truncated", "garbage"])
def test_what_goes_wrong_twice_is_asked_for_again(s3: FaultyS3, tmp_path: Path, fault: str) -> None:
    for blob in BLOBS[:8]:
        s3.plan(blob, fault, fault)
    assert read(entries_of(store_of(s3), tmp_path, *BLOBS[:16])) == [(data, None) for data in CONTENTS[:16]]
    assert s3.asked(BLOBS[0]) > 2
    assert s3.asked(BLOBS[8]) == 1


def test_one_bad_blob_is_a_rule_and_no_exception(s3: FaultyS3, tmp_path: Path) -> None:
    faults = {
        "truncated": "corrupt",
        "garbage": "corrupt",
        "500 InternalError": "unreadable",
        "reset": "unreadable",
        "403 AccessDenied": "missing",
    }
    for blob, fault in zip(BLOBS, faults, strict=False):
        s3.plan(blob, "forever", fault)
    there = [sha1(ZIPPED), swhids.git_sha1(b"by its SWHID"), sha1(b"as it is")]
    names = [*BLOBS[: len(faults)], "f" * 40, WRONG, sha1(BOMB), None, "../../etc/passwd", *there]
    found = read(entries_of(store_of(s3), tmp_path, *names))
    rules = [*faults.values(), "missing", "hash_mismatch", "over_size", "missing", "missing"]
    assert found == [*((None, rule) for rule in rules), (ZIPPED, None), (b"by its SWHID", None), (b"as it is", None)]
    done, _ = blobs.fetches(tmp_path / "blobs.sqlite")
    assert (done.fetched, done.refused) == (3, 8)
    assert done.retried >= 3


def test_a_hash_in_the_metadata_is_checked(s3: FaultyS3, tmp_path: Path) -> None:
    swhid, sha256 = f"swh:1:cnt:{swhids.git_sha1(CONTENTS[0])}", f"sha256:{hashlib.sha256(CONTENTS[0]).hexdigest()}"
    for columns in ({"swhid": swhid}, {"digest": sha256}):
        found = read(entries_of(store_of(s3), tmp_path, BLOBS[0], BLOBS[1], **columns))
        assert found == [(CONTENTS[0], None), (None, "hash_mismatch")]


def test_what_is_there_is_never_asked_for_again(s3: FaultyS3, tmp_path: Path) -> None:
    first = entries_of(store_of(s3), tmp_path, *BLOBS[:20])
    read(first)
    assert read(entries_of(store_of(s3), tmp_path, *BLOBS[10:40])) == [(data, None) for data in CONTENTS[10:40]]
    assert [s3.asked(blob) for blob in BLOBS[:40]] == [1] * 40
    s3.everything = "503 SlowDown"
    assert read(first) == [(data, None) for data in CONTENTS[:20]]
    before, position = blobs.fetches(tmp_path / "blobs.sqlite")
    assert (before.fetched, before.remembered) == (40, 30)
    assert blobs.fetches(tmp_path / "blobs.sqlite", position)[0] == blobs.Fetches()


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(s3: FaultyS3, tmp_path: Path) -> None:
    s3.delay_s = 0.05
    store = store_of(s3, requests_in_flight=4)
    entries = entries_of(store, tmp_path, *BLOBS)
    entries.write_parquet(tmp_path / "entries.parquet")
    code = (
        "import sys, polars as pl; from assets.code.sources.software_heritage import read_contents; "
        f"list(read_contents(pl.read_parquet(sys.argv[1]), {MAX_BYTES}))"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "entries.parquet")], cwd=Path(faulty_s3.__file__).parents[1])
    deadline = time.monotonic() + 30
    while len(s3.requests) < 40 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    with blobs.opened(tmp_path / "blobs.sqlite") as stored:
        left = blobs.missing(stored, BLOBS)
    assert 0 < len(left) < len(BLOBS)
    s3.delay_s = 0.0
    assert read(entries) == [(data, None) for data in CONTENTS]
    asked = {blob: s3.asked(blob) for blob in BLOBS}
    assert all(asked[blob] == 1 for blob in set(BLOBS) - set(left))
    assert sum(asked.values()) <= len(BLOBS) + store.requests_in_flight


def test_what_the_disk_damaged_is_fetched_again(s3: FaultyS3, tmp_path: Path) -> None:
    entries = entries_of(store_of(s3), tmp_path, *BLOBS[:3])
    read(entries)
    with blobs.opened(tmp_path / "blobs.sqlite") as stored:
        stored.execute("UPDATE blobs SET body = substr(body, 1, 20) WHERE sha1 = ?", (bytes.fromhex(BLOBS[1]),))
    assert read(entries) == [(data, None) for data in CONTENTS[:3]]
    assert [s3.asked(blob) for blob in BLOBS[:3]] == [1, 2, 1]


def test_a_file_that_is_no_database_is_named(s3: FaultyS3, tmp_path: Path) -> None:
    (tmp_path / "blobs.sqlite").write_bytes(b"nothing that SQLite knows" * 100)
    with pytest.raises(blobs.BlobsError, match=r"blobs\.sqlite.*Delete the file"):
        read(entries_of(store_of(s3), tmp_path, BLOBS[0]))


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("403 InvalidAccessKeyId", r"access denied \(InvalidAccessKeyId\).*AWS_ACCESS_KEY_ID"),
        ("403 AccessDenied", "access denied.*AWS_SECRET_ACCESS_KEY"),
        ("503 SlowDown", "too busy after 4 attempts.*requests_in_flight"),
        ("reset", "no answer in 4 attempts"),
    ],
)
def test_a_store_that_cannot_be_used_is_one_error(s3: FaultyS3, tmp_path: Path, fault: str, says: str) -> None:
    read(entries_of(store_of(s3), tmp_path, *BLOBS[:5]))
    s3.everything = fault
    with pytest.raises(ObjectStoreError, match=says) as caught:
        read(entries_of(store_of(s3, requests_in_flight=8), tmp_path, *BLOBS))
    assert "s3://softwareheritage/content" in str(caught.value)
    assert s3.url in str(caught.value)
    assert "never-log-me" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert len(s3.requests) < 100
    s3.everything = None
    assert read(entries_of(store_of(s3), tmp_path, *BLOBS)) == [(data, None) for data in CONTENTS]
    assert s3.asked(BLOBS[0]) == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"endpoint_url": "http://127.0.0.1:9"}, "127.0.0.1:9: no answer"), ({"url": "s3://nobody/content"}, "no such bucket")],
)
def test_a_store_that_is_not_there(s3: FaultyS3, tmp_path: Path, changed: dict[str, str], says: str) -> None:
    source = SoftwareHeritageSource(dataset="any", store=store_of(s3, **changed))
    with pytest.raises(ObjectStoreError, match=says):
        software_heritage.check_store(source)
    with pytest.raises(ObjectStoreError, match=says):
        read(entries_of(source.store, tmp_path, *BLOBS[:3]))


def test_credentials_come_from_the_environment(s3: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret")
    entries = entries_of(store_of(s3), tmp_path, BLOBS[-1])
    assert read(entries) == [(CONTENTS[-1], None)]
    assert s3.authorizations[BLOBS[-1]] == {"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE"}
    assert "a-secret" not in entries["location"][0]
    software_heritage.check_store(SoftwareHeritageSource(dataset="any", store=store_of(s3)))


def test_listing_and_reading_together(s3: FaultyS3, tmp_path: Path) -> None:
    columns = {"blob_id": BLOBS, "repo_name": ["owner/name"] * 80, "path": [f"/src/{n:03}.py" for n in range(80)]}
    pl.DataFrame(columns).write_parquet(tmp_path / "metadata.parquet")
    source = SoftwareHeritageSource(files=(str(tmp_path / "*.parquet"),), store=store_of(s3))
    entries = software_heritage.list_contents(source, tmp_path / "mirrors")
    assert entries.schema == pl.Schema(listing.SCHEMA)
    assert entries["repository"].unique().to_list() == ["https://github.com/owner/name"]
    assert read(entries) == [(data, None) for data in CONTENTS]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"dataset": "a", "files": ("b",)},
        {"dataset": "a", "store": {"endpoint_url": "http://user:password@host"}},
        {"dataset": "a", "store": {"url": "https://host/bucket"}},
    ],
)
def test_settings_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        SoftwareHeritageSource.model_validate(wrong)


def test_from_metadata_to_raw_code(s3: FaultyS3, tmp_path: Path) -> None:
    columns = {"blob_id": [BLOBS[0], WRONG, "f" * 40], "repo_name": ["o/n"] * 3, "path": ["/a.py", "/b.py", "/c.py"]}
    extra = {"star_events_count": [7] * 3, "detected_licenses": [["MIT"]] * 3, "src_encoding": ["UTF-8"] * 3}
    pl.DataFrame(columns | extra).write_parquet(tmp_path / "metadata.parquet")
    source = SoftwareHeritageSource(files=(str(tmp_path / "metadata.parquet"),), store=store_of(s3))
    rows, dropped = reading.read_entries(software_heritage.list_contents(source, tmp_path), reading.ReadingSettings())
    (row,) = rows.select("source", "repository", "path", "stars", "license", "swhid", "sha256", "content").rows(named=True)
    assert row == {
        "source": "software_heritage",
        "repository": "https://github.com/o/n",
        "path": "a.py",
        "stars": 7,
        "license": "MIT",
        "swhid": swhids.of_content(CONTENTS[0]),
        "sha256": hashlib.sha256(CONTENTS[0]).hexdigest(),
        "content": CONTENTS[0],
    }
    assert dropped["rule"].to_list() == ["hash_mismatch", "missing"]
