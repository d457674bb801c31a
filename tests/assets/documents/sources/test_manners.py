import itertools
import socket
from typing import Any

import pytest

from tests.assets.documents.sources.acquired import rules
from tests.document_server import Hub, pdf


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
