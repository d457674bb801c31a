import hashlib
from pathlib import Path
from typing import Any

import pytest

from assets.documents.sources import reading, store
from assets.documents.sources.reading import DocumentReadingSettings
from tests.assets.documents.sources.acquired import rules
from tests.document_server import NOW, Hub, pdf


def test_documents_arrive_with_url_title_licence_and_hash(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf("a"))
    hub.add("/b.pdf", pdf("b"), link='<https://creativecommons.org/licenses/by-sa/4.0/>; rel="license"')
    told = {"url": hub.url + "/a.pdf", "title": "A title", "license": "MIT"}
    found = acquire("/b.pdf", urls=[told])
    assert found.problems.is_empty()
    rows, dropped = reading.read_documents(found.entries, DocumentReadingSettings())
    assert dropped.is_empty()
    assert rows.select("source", "origin", "title", "license", "content").rows() == [
        ("url", hub.url + "/a.pdf", "A title", "MIT", pdf("a")),
        ("url", hub.url + "/b.pdf", None, "CC-BY-SA-4.0", pdf("b")),
    ]
    assert rows["sha256"].to_list() == [hashlib.sha256(pdf(name)).hexdigest() for name in "ab"]
    assert dict(rows.schema) == dict(reading.SCHEMA)


def test_what_is_stored_is_not_asked_for_again(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf("a"))
    first, again = acquire("/a.pdf"), acquire("/a.pdf", "/b.pdf")
    assert hub.asked("/a.pdf") == 1 and hub.asked("/b.pdf") == 1
    assert again.entries.equals(first.entries) and rules(again) == ["http_404"]
    assert again.counts["remembered"] == 1 and again.counts["fetched"] == 0


def test_a_killed_run_keeps_what_has_arrived(hub: Hub, acquire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"/{place}.pdf" for place in range(6)]
    for name in names:
        hub.add(name, pdf(name))
    real, settled = store.Store.settle, []

    def dying(self: store.Store, part: Path, document: store.Document) -> None:
        if len(settled) == 3:
            raise OSError(28, "No space left on device")
        settled.append(document)
        real(self, part, document)

    monkeypatch.setattr(store.Store, "settle", dying)
    with pytest.raises(store.StoreError, match="Make room"):
        acquire(*names)
    monkeypatch.undo()
    before = hub.requests.copy()
    found = acquire(*names)
    assert found.entries.height == 6 and found.counts["remembered"] >= 1
    assert len(hub.requests) - len(before) == 1 + 6 - found.counts["remembered"]  # robots.txt, and what was missing
    assert not list((acquire.folder / "parts").iterdir())


def test_a_document_is_revalidated_when_the_settings_say_so(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf("a"), etag='"1"')
    acquire("/a.pdf")
    often = {"revalidate_after_days": 1}
    same = acquire("/a.pdf", now=NOW + 90_000, fetch=often)
    assert same.counts["unchanged"] == 1 and hub.requests[-1].headers["if-none-match"] == '"1"'
    hub.add("/a.pdf", pdf("new"), etag='"2"')
    assert acquire("/a.pdf", now=NOW + 100_000, fetch=often).counts["requests"] == 0  # it was asked a moment ago
    assert acquire("/a.pdf", now=NOW + 200_000, fetch=often).entries["sha256"][0] == hashlib.sha256(pdf("new")).hexdigest()
    hub.plan("/a.pdf", *["500"] * 9)
    stale = acquire("/a.pdf", now=NOW + 300_000, fetch=often)
    assert rules(stale) == ["stale"] and stale.problems["action"].to_list() == ["altered"] and stale.entries.height == 1
    hub.pages["/a.pdf"] = (410, {}, b"")
    hub.plans.clear()
    assert rules(acquire("/a.pdf", now=NOW + 400_000, fetch=often)) == ["http_410"]


@pytest.mark.parametrize(
    ("rule", "reply"),
    [
        ("not_pdf", (200, {"content-type": "application/pdf"}, b"<html>sign in</html>")),
        ("not_pdf", (200, {}, b"x" * 1_020 + pdf())),
        ("content_type", (200, {"content-type": "text/html; charset=utf-8"}, pdf())),
        ("content_encoding", (200, {"content-encoding": "br"}, pdf())),
        ("empty", (200, {}, b"")),
        ("over_size", (200, {}, pdf(size=50_000))),
        ("http_403", (403, {}, b"")),
        ("http_404", (404, {}, b"")),
        ("http_410", (410, {}, b"")),
        ("http_500", (500, {}, b"")),
        ("rate_limited", (429, {"retry-after": "3600"}, b"")),
        ("rate_limited", (429, {}, b"")),
        ("http_204", (204, {}, b"")),
        ("http_304", (304, {}, b"")),
    ],
)
def test_what_cannot_be_had_has_its_reason(hub: Hub, acquire: Any, rule: str, reply: Any) -> None:
    hub.pages["/a.pdf"] = reply
    hub.add("/good.pdf", pdf())
    found = acquire("/a.pdf", "/good.pdf", fetch={"max_document_bytes": 40_000})
    assert rules(found) == [rule]
    assert found.entries["origin"].to_list() == [hub.url + "/good.pdf"]
    assert found.problems["detail"][0].startswith(hub.url + "/a.pdf")


def test_the_header_may_come_late_and_the_type_be_missing(hub: Hub, acquire: Any) -> None:
    hub.pages["/late.pdf"] = (200, {}, b"\n" * 1_019 + pdf())
    hub.pages["/stream.pdf"] = (200, {"content-type": "application/octet-stream"}, pdf("s"))
    assert acquire("/late.pdf", "/stream.pdf").entries.height == 2


def test_a_size_without_a_length_is_counted(hub: Hub, acquire: Any) -> None:
    chunk = b"5000\r\n" + pdf(size=0x5000 - len(pdf(size=0))) + b"\r\n"
    hub.pages["/a.pdf"] = (200, {"transfer-encoding": "chunked"}, chunk * 9 + b"0\r\n\r\n")
    assert rules(acquire("/a.pdf", fetch={"max_document_bytes": 40_000})) == ["over_size"]


def test_compressed_answers_are_unpacked_up_to_the_limit(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf("a"))
    hub.add("/bomb.pdf", pdf("b", size=9_000_000))
    hub.plan("/a.pdf", "gzip")
    hub.plan("/bomb.pdf", "gzip")
    found = acquire("/a.pdf", "/bomb.pdf", fetch={"max_document_bytes": 1_000_000})
    assert found.entries["sha256"].to_list() == [hashlib.sha256(pdf("a")).hexdigest()] and rules(found) == ["over_size"]


@pytest.mark.parametrize("faults", [["reset"], ["cut"], ["503", "500"], ["reset", "cut", "502"], ["408"]])
def test_faults_are_repeated(hub: Hub, acquire: Any, faults: list[str]) -> None:
    hub.add("/a.pdf", pdf("a", size=5_000))
    hub.plan("/a.pdf", *faults)
    found = acquire("/a.pdf")
    assert found.problems.is_empty() and hub.asked("/a.pdf") == len(faults) + 1
    assert found.entries["sha256"][0] == hashlib.sha256(pdf("a", size=5_000)).hexdigest()


def test_the_same_content_is_kept_once(hub: Hub, acquire: Any, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.pdf").write_bytes(pdf("same"))
    for name in ("/z.pdf", "/y.pdf"):
        hub.add(name, pdf("same"))
    found = acquire("/z.pdf", "/y.pdf", hub.url.upper().replace("HTTP", "http") + "/y.pdf", paths=[str(tmp_path / "docs")])
    assert found.entries["source"].to_list() == ["folder"]
    assert rules(found) == ["duplicate", "duplicate", "listed_twice"]


def test_a_damaged_store_says_what_to_do(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf())
    acquire.folder.mkdir()
    (acquire.folder / "documents.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(store.StoreError, match="delete the folder"):
        acquire("/a.pdf")


def test_a_lost_file_is_fetched_again(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf())
    place = Path(acquire("/a.pdf").entries["location"][0])
    place.unlink()
    assert acquire("/a.pdf").counts["fetched"] == 1 and place.exists()


def test_what_arrives_first_makes_no_difference(hub: Hub, acquire: Any, tmp_path: Path) -> None:
    for place in range(6):
        hub.add(f"/{place}.pdf", pdf(str(place // 2)))
    names = [f"/{place}.pdf" for place in range(6)]
    first = acquire(*names)
    acquire.folder = tmp_path / "other"
    hub.plan("/0.pdf", "500")
    second = acquire(*reversed(names))
    same = first.entries.drop("location")
    assert same.equals(second.entries.drop("location")) and first.problems.equals(second.problems)
