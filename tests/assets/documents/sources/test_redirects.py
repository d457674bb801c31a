import asyncio
import socket
from collections import Counter
from typing import Any

import pytest

from tests.assets.documents.sources.acquired import rules
from tests.document_server import Hub, pdf


def test_letters_in_a_redirect_are_understood(hub: Hub, acquire: Any) -> None:
    hub.redirect("/a.pdf", "/ü b.pdf".encode().decode("latin-1"))
    hub.add("/%C3%BC%20b.pdf", pdf())
    assert acquire("/a.pdf").entries.height == 1


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


def test_tls_with_a_server_that_speaks_none(hub: Hub, acquire: Any) -> None:
    assert rules(acquire(f"https://{hub.host}/a.pdf", fetch={"max_attempts": 1})) == ["unreachable"]
