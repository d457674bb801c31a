import json
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.conversations.sources import huggingface, listing
from assets.conversations.sources.reading import read_rows
from assets.conversations.sources.sampling import Sample
from assets.conversations.sources.settings import (
    ConversationReadingSettings,
    ConversationSourceError,
    ConversationSources,
    HuggingFaceSource,
)

ROWS = 300
OPTIONS = ConversationReadingSettings(range_bytes=4_000)
COMMIT = "c0ffee" + "0" * 34


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    rows = {"system": ["SYSTEM: S"] * ROWS, "chat": [f"USER: ü {number}" for number in range(ROWS)], "weight": [1.5] * ROWS}
    pl.DataFrame(rows).write_parquet(folder / "train.parquet")
    return folder


def source(dataset: Path, **asked: object) -> HuggingFaceSource:
    return HuggingFaceSource.model_validate({"dataset": str(dataset)} | asked)


@pytest.mark.slow
def test_every_row_once_and_never_streamed_twice(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, notes, about = huggingface.list_dataset(source(dataset, license="MIT"), tmp_path, OPTIONS)
    kept, broken = read_rows(found, OPTIONS)
    assert kept["row_number"].to_list() == list(range(ROWS)) and not broken.height and found.height > 3
    assert json.loads(kept["payload"][7]) == {"system": "SYSTEM: S", "chat": "USER: ü 7"}
    assert set(kept.select("source", "revision", "license").rows()) == {(dataset.name, about.revision, "MIT")}
    assert notes.select("rule", "detail").rows() == [("columns_left_out", f"{dataset.name}: weight")]
    assert (about.rows_seen, about.rows_kept) == (ROWS, ROWS)
    assert {label for label, _ in listing.shard_listing(found, 8_000)} == {label for label, _ in listing.shard_listing(found, 8_000)}
    monkeypatch.setattr(huggingface, "_rows", lambda *_: pytest.fail("streamed again"))
    again = huggingface.list_dataset(source(dataset, license="MIT"), tmp_path, OPTIONS)
    assert again[0].equals(found) and again[1].equals(notes) and again[2] == about


@pytest.mark.slow
def test_a_sample_out_of_all_rows(dataset: Path, tmp_path: Path) -> None:
    taken = {}
    for seed, root in ((1, "a"), (1, "b"), (2, "a")):
        found, _, about = huggingface.list_dataset(source(dataset, max_rows=20, seed=seed), tmp_path / root, OPTIONS)
        kept, _ = read_rows(found, OPTIONS)
        taken[seed, root] = kept["row_number"].to_list()
        assert (about.rows_seen, about.rows_kept, kept.height) == (ROWS, 20, 20)
        assert all(json.loads(payload)["chat"] == f"USER: ü {number}" for payload, number in kept.select("payload", "row_number").rows())
    assert taken[1, "a"] == taken[1, "b"] != taken[2, "a"] and max(taken[1, "a"]) > 100
    assert sorted(path.suffix for path in (tmp_path / "b").iterdir()) == [""]  # nothing half made


def test_what_the_disk_lost_is_streamed_again(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    streamed = []
    monkeypatch.setattr(huggingface, "_rows", lambda *_: streamed.append(1) or iter([{"chat": "USER: a"}]))
    first, _, _ = huggingface.list_dataset(source(dataset), tmp_path, OPTIONS)
    (file,) = tmp_path.glob("*/rows.jsonl")
    file.write_text(file.read_text().replace("a", "b"))
    assert huggingface.list_dataset(source(dataset), tmp_path, OPTIONS)[0].equals(first) and len(streamed) == 2
    (file,) = tmp_path.glob("*/listing.parquet")
    file.unlink()
    assert huggingface.list_dataset(source(dataset), tmp_path, OPTIONS)[0].equals(first) and len(streamed) == 3


def test_an_interrupted_stream_leaves_nothing(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> object:
        yield {"chat": "USER: a"}
        raise ConversationSourceError("gone")

    monkeypatch.setattr(huggingface, "_rows", interrupted)
    with pytest.raises(ConversationSourceError, match="gone"):
        huggingface.list_dataset(source(dataset), tmp_path, OPTIONS)
    assert not list(tmp_path.iterdir())


def test_another_content_is_another_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    monkeypatch.setattr(huggingface, "_rows", lambda *_: iter([{"chat": "USER: a"}]))
    revisions = []
    for text in ("{}", "[]", "{}"):
        (folder / "a.json").write_text(text)
        revisions.append(huggingface.list_dataset(source(folder), tmp_path / "root", OPTIONS)[2].revision)
    assert revisions[0] == revisions[2] != revisions[1]


@pytest.mark.slow
def test_a_dataset_without_chats(tmp_path: Path) -> None:
    folder = tmp_path / "dataset"
    folder.mkdir()
    pl.DataFrame({"text": ["a"]}).write_parquet(folder / "train.parquet")
    with pytest.raises(ConversationSourceError, match="no known form"):
        huggingface.list_dataset(source(folder), tmp_path / "root", OPTIONS)
    with pytest.raises(ConversationSourceError, match="HF_TOKEN"):
        huggingface.list_dataset(source(folder, split="nothing"), tmp_path / "root", OPTIONS)
    (folder / "train.parquet").rename(folder / "train.json")
    with pytest.raises(ConversationSourceError, match="cannot be read"):
        huggingface.list_dataset(source(folder), tmp_path / "root", OPTIONS)


class _Hub(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        is_known = self.path.startswith("/api/datasets/owner/chats/revision/main")
        body = json.dumps({"id": "owner/chats", "sha": COMMIT, "cardData": {"license": "apache-2.0"}, "siblings": []}).encode()
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body if is_known else b"{}")

    def log_message(self, *_: object) -> None:
        return


def test_the_commit_behind_a_branch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(huggingface, "_rows", lambda _, commit, __: iter([{"chat": f"USER: {commit}"}]))
    found, _, about = huggingface.list_dataset(HuggingFaceSource(dataset="owner/chats", revision="main"), tmp_path, OPTIONS)
    with pytest.raises(ConversationSourceError, match=r"owner/other cannot be read.*HF_TOKEN"):
        huggingface.list_dataset(HuggingFaceSource(dataset="owner/other"), tmp_path, OPTIONS)
    server.shutdown()
    server.server_close()
    kept, _ = read_rows(found, OPTIONS)
    assert kept.select("revision", "license", "source").row(0) == (COMMIT, "Apache-2.0", "owner/chats") and about.revision == COMMIT
    pinned = HuggingFaceSource(dataset="owner/chats", revision=COMMIT)  # nobody is there to be asked
    assert huggingface.list_dataset(pinned, tmp_path, OPTIONS)[0].equals(found)


def test_long_rows_and_no_rows(tmp_path: Path, dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface, "_rows", lambda *_: iter([{"chat": "USER: a"}, {"chat": "x" * 500}, {"chat": "USER: b"}]))
    chosen = ConversationReadingSettings(max_row_bytes=400)
    for _ in range(2):  # as it is stored, too
        found, notes, _ = huggingface.list_dataset(source(dataset, split="odd"), tmp_path, chosen)
        assert read_rows(found, chosen)[0]["row_number"].to_list() == [0, 2]
        assert notes.select("rule", "detail").rows() == [("over_size", f"{dataset.name} (default, odd):2")]
    monkeypatch.setattr(huggingface, "_rows", lambda *_: iter([]))
    found, notes, about = huggingface.list_dataset(source(dataset), tmp_path, chosen)
    assert (found.height, notes.height, about.rows_kept) == (0, 0, 0)
    assert huggingface.list_dataset(source(dataset), tmp_path, chosen)[2] == about


def test_a_split_is_named_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        ConversationSources.model_validate({"huggingface": [{"dataset": "a/b"}, {"dataset": "a/b", "seed": 3}]})


@settings(deadline=None, max_examples=40)
@given(order=st.permutations(range(40)), size=st.integers(1, 50), seed=st.integers())
def test_a_sample_does_not_depend_on_order(order: list[int], size: int, seed: int) -> None:
    samples = [Sample(size, seed), Sample(size, seed)]
    for row in range(40):
        samples[0].offer(row)
    for row in order:
        samples[1].offer(row)
    assert samples[0].rows() == samples[1].rows() and len(samples[0].rows()) == min(size, 40)


def test_every_row_is_as_likely() -> None:
    counts: Counter[int] = Counter()
    for seed in range(2_000):
        sample = Sample(5, seed)
        refused = {row for row in range(20) if not sample.offer(row)}
        assert not refused & sample.rows()
        counts.update(sample.rows())
    assert all(abs(counts[row] - 500) < 100 for row in range(20))  # 5 standard deviations
