import asyncio
import hashlib
import itertools
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from assets.code.opt_outs import OptOuts
from assets.documents.sources import reading, store
from assets.documents.sources.acquiring import Acquired
from assets.documents.sources.reading import DocumentReadingSettings
from tests.document_server import NOW, Hub, pdf


def rules(acquired: Acquired) -> list[str]:
    return sorted(acquired.problems["rule"])


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


def test_retry_after_is_waited_for(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf())
    hub.plan("/a.pdf", (429, {"retry-after": "1"}, b""))
    assert acquire("/a.pdf").entries.height == 1
    first, second = [request.at for request in hub.requests if request.path == "/a.pdf"]
    assert second - first >= 1.0


def test_silence_and_trickles_end(hub: Hub, acquire: Any) -> None:
    hub.add("/slow.pdf", pdf())
    hub.add("/trickle.pdf", pdf(size=500))
    hub.plan("/slow.pdf", *["slow"] * 9)
    hub.plan("/trickle.pdf", "trickle")
    found = acquire("/slow.pdf", "/trickle.pdf", fetch={"timeout_s": 0.2, "document_timeout_s": 0.4, "max_attempts": 2})
    assert rules(found) == ["timeout", "timeout"]


def test_a_dead_host_does_not_stop_the_others(hub: Hub, acquire: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{nobody.getsockname()[1]}"
    hub.add("/a.pdf", pdf())
    fetch = {"allowed_private_hosts": (hub.host, dead)}
    found = acquire(*[f"http://{dead}/{place}.pdf" for place in range(5)], "http://no-such-host.invalid/a.pdf", "/a.pdf", fetch=fetch)
    assert found.entries.height == 1
    assert set(rules(found)) <= {"unreachable", "unknown_host"} and len(rules(found)) == 6
    assert any("1 fetched" in line for line in acquire.lines)


def test_robots_are_obeyed(hub: Hub, acquire: Any) -> None:
    hub.robots("User-agent: corpusmith\nDisallow: /private/\nAllow: /private/open\n\nUser-agent: *\nDisallow: /")
    for name in ("/private/a.pdf", "/private/open.pdf", "/b.pdf"):
        hub.add(name, pdf(name))
    hub.redirect("/moved.pdf", "/private/a.pdf")
    found = acquire("/private/a.pdf", "/private/open.pdf", "/b.pdf", "/moved.pdf", "/x/../private/a.pdf?again")
    assert rules(found) == ["robots", "robots", "robots"] and found.entries.height == 2
    assert hub.asked("/robots.txt") == 1 and hub.asked("/private/a.pdf") == 0
    assert rules(acquire("/b.pdf", "/c.pdf", fetch={"user_agent": "Other/1"})) == ["robots"]  # what is stored stays


@pytest.mark.parametrize(("status", "rule"), [("401", None), ("404", None), ("500", "robots_unreachable"), ("429", "rate_limited")])
def test_robots_that_cannot_be_read(hub: Hub, acquire: Any, status: str, rule: str | None) -> None:
    hub.add("/a.pdf", pdf())
    hub.plan("/robots.txt", *[status] * 9)
    assert rules(acquire("/a.pdf", "/a.pdf?2")) == ([rule] * 2 if rule else ["duplicate"])


@pytest.mark.parametrize(
    "text", ["\x00\xff" * 999, "Disallow\n" * 99, "User-agent: *\nCrawl-delay: nan\nDisallow: *" + "*a" * 99, "<html>"]
)
def test_robots_may_be_anything(hub: Hub, acquire: Any, text: str) -> None:
    hub.robots(text)
    hub.add("/a.pdf", pdf())
    assert acquire("/a.pdf").entries.height == 1


def test_letters_in_a_redirect_are_understood(hub: Hub, acquire: Any) -> None:
    hub.redirect("/a.pdf", "/ü b.pdf".encode().decode("latin-1"))
    hub.add("/%C3%BC%20b.pdf", pdf())
    assert acquire("/a.pdf").entries.height == 1


def test_a_crawl_delay_is_kept_and_one_that_is_too_long_refused(hub: Hub, acquire: Any) -> None:
    hub.robots("User-agent: *\nCrawl-delay: 0.3")
    for place in range(3):
        hub.add(f"/{place}.pdf", pdf(str(place)))
    assert acquire("/0.pdf", "/1.pdf", "/2.pdf").entries.height == 3
    times = [request.at for request in hub.requests if request.path != "/robots.txt"]
    assert all(later - earlier >= 0.28 for earlier, later in itertools.pairwise(times))
    hub.robots("User-agent: *\nCrawl-delay: 3600")
    assert rules(acquire("/3.pdf")) == ["crawl_delay"]


def test_few_requests_at_a_time(hub: Hub, acquire: Any) -> None:
    hub.pause_s = 0.02
    for place in range(12):
        hub.add(f"/{place}.pdf", pdf(str(place)))
    assert acquire(*[f"/{place}.pdf" for place in range(12)]).entries.height == 12
    assert 1 <= hub.most_in_flight <= 2
    assert "Corpusmith" in hub.requests[-1].headers["user-agent"]


@pytest.mark.parametrize(
    "target",
    ["http://localhost:{port}/secret.pdf", "http://127.0.0.1:1/x", "http://2130706433:{port}/secret.pdf", "http://0x7f.1:{port}/secret.pdf",
     "http://[::1]:{port}/secret.pdf", "http://[::ffff:127.0.0.1]:{port}/secret.pdf", "http://169.254.169.254/latest/meta-data/",
     "http://0:{port}/secret.pdf", "//localhost:{port}/secret.pdf"],
)  # fmt: skip
def test_redirects_never_lead_to_private_addresses(hub: Hub, acquire: Any, target: str) -> None:
    hub.add("/secret.pdf", pdf("secret"))
    hub.redirect("/a.pdf", target.format(port=hub.host.split(":")[1]))
    hub.add("/good.pdf", pdf())
    found = acquire("/a.pdf", "/good.pdf")
    assert rules(found) == ["private_address"] and found.entries.height == 1
    assert hub.asked("/secret.pdf") == 0


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://h/x", "javascript:1", "http://h:x/", "gopher://h/"])
def test_redirects_lead_to_http_only(hub: Hub, acquire: Any, target: str) -> None:
    hub.redirect("/a.pdf", target)
    assert rules(acquire("/a.pdf")) == ["bad_redirect"]


def test_redirects_end_and_keep_the_url_that_was_asked_for(hub: Hub, acquire: Any) -> None:
    hub.redirect("/loop.pdf", "/loop.pdf")
    hub.redirect("/a.pdf", "/b.pdf?token=" + "s3cret", status=308)
    hub.redirect("/b.pdf", hub.url.replace("http://", "http://user:word@") + "/c.pdf", status=303)
    hub.add("/c.pdf", pdf())
    found = acquire("/loop.pdf", "/a.pdf")
    assert rules(found) == ["too_many_redirects"] and found.entries["origin"].to_list() == [hub.url + "/a.pdf"]
    assert "authorization" not in hub.requests[-1].headers
    assert all(b"s3cret" not in file.read_bytes() for file in acquire.folder.iterdir() if file.is_file())


def test_private_hosts_are_refused_unless_they_are_named(hub: Hub, acquire: Any) -> None:
    hub.add("/a.pdf", pdf())
    assert rules(acquire("/a.pdf", fetch={"allowed_private_hosts": ()})) == ["private_address"]
    assert not hub.requests


class Rebinding:
    """A name server that answers differently each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), Counter[str]()

    async def __call__(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked[host] += 1
        found = self.answers[min(self.asked[host], len(self.answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


@pytest.mark.parametrize("answer", [["10.1.2.3"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"]])
def test_a_name_with_any_private_address_is_refused(hub: Hub, acquire: Any, monkeypatch: pytest.MonkeyPatch, answer: list[str]) -> None:
    names = Rebinding(answer)
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lambda self, host, port, **options: names(host, port, **options))
    assert rules(acquire("http://docs.example.org/a.pdf")) == ["private_address"]


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(hub: Hub, acquire: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name turns private after the first look: it is looked up once for a connection, and each look is checked."""
    hub.add("/a.pdf", pdf())
    names = Rebinding(["192.0.2.1"], ["127.0.0.1"])
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lambda self, host, port, **options: names(host, port, **options))
    monkeypatch.setattr("assets.documents.sources.addresses.is_public", lambda address: address == "192.0.2.1")
    found = acquire(f"http://docs.example.org:{hub.host.split(':')[1]}/a.pdf", fetch={"timeout_s": 0.2, "max_attempts": 1})
    assert rules(found)[0] in ("timeout", "unreachable") and names.asked["docs.example.org"] == 1
    assert not hub.requests


def test_the_same_content_is_kept_once(hub: Hub, acquire: Any, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.pdf").write_bytes(pdf("same"))
    for name in ("/z.pdf", "/y.pdf"):
        hub.add(name, pdf("same"))
    found = acquire("/z.pdf", "/y.pdf", hub.url.upper().replace("HTTP", "http") + "/y.pdf", paths=[str(tmp_path / "docs")])
    assert found.entries["source"].to_list() == ["folder"]
    assert rules(found) == ["duplicate", "duplicate", "listed_twice"]


def test_opted_out_urls_are_not_asked_for(hub: Hub, acquire: Any) -> None:
    for name in ("/team/a.pdf", "/other/b.pdf", "/other/drafts/c.pdf"):
        hub.add(name, pdf(name))
    hub.redirect("/moved.pdf", "/team/a.pdf")
    names = ("/team/a.pdf", "/other/b.pdf", "/other/drafts/c.pdf", "/moved.pdf")
    found = acquire(*names, opted=OptOuts(owners=("team",), paths=("**/drafts/",)))
    assert rules(found) == ["opted_out"] * 3 and found.entries["origin"].to_list() == [hub.url + "/other/b.pdf"]
    assert hub.asked("/team/a.pdf") == hub.asked("/other/drafts/c.pdf") == 0
    assert acquire(*names, opted=OptOuts(paths=(f"http://{hub.host.split(':')[0]}:**",))).entries.is_empty()
    assert acquire("/other/b.pdf", opted=OptOuts(repositories=(hub.url + "/other/b.pdf",))).entries.is_empty()  # although it is stored


def test_tls_with_a_server_that_speaks_none(hub: Hub, acquire: Any) -> None:
    assert rules(acquire(f"https://{hub.host}/a.pdf", fetch={"max_attempts": 1})) == ["unreachable"]


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
