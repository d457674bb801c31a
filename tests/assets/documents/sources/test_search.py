import json
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from assets.documents.sources import search
from assets.documents.sources.settings import DocumentSources, SearchSettings
from tests.document_server import NOW, Hub, as_json, pdf

KEY = SecretStr("k" + "3y/+&" * 4)


@pytest.fixture
def found_by(hub: Hub, acquire: Any) -> Any:
    """Run a search for so many results over a server that knows 25 PDFs."""
    hub.key = KEY.get_secret_value()
    for place in range(25):
        hub.results.append({"position": place + 1, "link": hub.add(f"/{place:02}.pdf", pdf(str(place))), "title": f"Title {place}"})

    def run(max_results: int = 10, *names: str, key: SecretStr | None = KEY, now: float = NOW, **told: Any) -> Any:
        wanted = SearchSettings(query="type theory", max_results=max_results, base_url=hub.url, **told)
        return acquire(*names, search=wanted, key=key, now=now)

    return run


def test_results_become_documents_with_their_titles(hub: Hub, found_by: Any) -> None:
    found = found_by(12)
    assert found.problems.is_empty() and found.counts["searches"] == 2
    assert found.entries.select("source", "origin", "title").rows() == [
        ("search", f"{hub.url}/{place:02}.pdf", f"Title {place}") for place in range(12)
    ]
    asked = [request.query for request in hub.requests if request.path == "/search.json"]
    assert [query["start"] for query in asked] == ["0", "10"]
    assert {query["q"] for query in asked} == {"type theory filetype:pdf"} and asked[0]["engine"] == "google"


def test_all_results_when_there_are_fewer(hub: Hub, found_by: Any) -> None:
    assert found_by(100).entries.height == 25 and hub.asked("/search.json") == 3


def test_a_search_is_paid_for_once_until_it_is_old(hub: Hub, found_by: Any) -> None:
    found_by(12)
    again = found_by(12, key=None)
    assert again.counts["searches"] == 0 and again.entries.height == 12 and hub.asked("/search.json") == 2
    assert found_by(12, now=NOW + 8 * 86_400).counts["searches"] == 2
    hub.plan("/search.json", "429", "500", "500", "500", "500")
    stale = found_by(12, now=NOW + 20 * 86_400)
    assert stale.problems["rule"].to_list() == ["stale", "stale"] and stale.entries.height == 12


def test_no_results_are_no_error(hub: Hub, found_by: Any) -> None:
    hub.results.clear()
    found = found_by()
    assert found.problems.is_empty() and found.entries.is_empty()


@pytest.mark.parametrize(
    ("rule", "reply"),
    [
        ("search_limited", as_json({"error": "Your account has run out of searches."}, 429)),
        ("search_failed", as_json({"error": "Something went wrong.", "search_metadata": {"status": "Error"}})),
        ("search_failed", as_json({"error": "Unsupported `engine`."})),
        ("search_failed", as_json([])),
        ("search_failed", as_json({"organic_results": {}})),
        ("search_failed", (200, {}, b"<html>")),
        ("search_failed", as_json({"search_metadata": {"status": "Processing"}})),
        ("http_503", as_json({"error": "SerpApi is down"}, 503)),
        ("http_400", as_json({"error": "Missing query `q` parameter."}, 400)),
        ("http_302", (302, {"location": "http://elsewhere.invalid/"}, b"")),
    ],
)
def test_errors_of_the_service_stop_nothing_else(hub: Hub, found_by: Any, rule: str, reply: Any) -> None:
    hub.plan("/search.json", *[reply] * 9)
    hub.add("/own.pdf", pdf("own"))
    found = found_by(10, "/own.pdf")
    assert found.problems["rule"].to_list() == [rule] and found.entries["origin"].to_list() == [hub.url + "/own.pdf"]


def test_an_error_on_a_later_page_keeps_the_first(hub: Hub, found_by: Any) -> None:
    first = hub._search({"api_key": hub.key, "q": "x", "start": "0"})
    hub.plan("/search.json", first, "429")
    found = found_by(20)
    assert found.entries.height == 10 and found.problems["rule"].to_list() == ["search_limited"]
    assert found_by(20).entries.height == 20 and hub.asked("/search.json") == 3  # the first page is not paid for again


def test_strange_results_are_named_or_passed_over(hub: Hub, found_by: Any) -> None:
    odd: list[Any] = [None, 7, {"title": "no link"}, {"link": 3}, {"link": "file:///etc/passwd"}, {"link": hub.url + "/00.pdf", "title": 5}]
    odd.append({"link": hub.url + "/01.pdf", "title": " half\ud800 a\n character "})
    hub.results[:] = [*odd, {"link": hub.url + "/00.pdf", "title": "again"}]
    found = found_by()
    assert found.problems["rule"].to_list() == ["bad_url"]
    assert found.entries.select("origin", "title").rows() == [(hub.url + "/00.pdf", None), (hub.url + "/01.pdf", "half? a character")]


def test_a_service_that_repeats_itself_is_not_paid_for_ever(hub: Hub, found_by: Any) -> None:
    page = {"organic_results": hub.results[:10], "serpapi_pagination": {"next": "http://[broken"}}
    hub.plan("/search.json", *[as_json(page)] * 50)
    assert found_by(1000).counts["searches"] == 2


def test_a_url_of_the_profile_comes_before_the_same_of_the_search(hub: Hub, found_by: Any) -> None:
    found = found_by(3, "/01.pdf")
    assert dict(zip(found.entries["origin"], found.entries["source"], strict=True))[hub.url + "/01.pdf"] == "url"
    assert found.problems["rule"].to_list() == ["listed_twice"]


@pytest.mark.parametrize("key", [None, SecretStr(" "), SecretStr("wr" + "ong")])
def test_a_missing_or_wrong_key_says_what_to_do(found_by: Any, key: SecretStr | None) -> None:
    with pytest.raises(search.SearchError, match="CORPUSMITH_SERPAPI_KEY") as caught:
        found_by(key=key)
    assert "wrong" not in str(caught.value) and caught.value.__context__ is None


def test_the_key_is_nowhere(hub: Hub, acquire: Any, found_by: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    texts = [str(found_by(12).problems.rows()), str(found_by(12, now=NOW + 8 * 86_400).entries.rows())]
    acquire.fetch |= {"max_attempts": 2, "timeout_s": 0.2}
    for fault in ("500", "reset", "cut", "429", "slow"):
        hub.plan("/search.json", *[fault] * 9)
        texts.append(str(found_by(12, now=NOW + 20 * 86_400).problems.rows()))
    texts += [*acquire.lines, caplog.text, *(file.read_bytes().decode("latin-1") for file in acquire.folder.rglob("*") if file.is_file())]
    secret = re.compile("k3y|" + re.escape(json.dumps(KEY.get_secret_value())[2:-2]))
    assert hub.requests[0].query["api_key"] == KEY.get_secret_value() and not any(secret.search(text) for text in texts)
    assert all("api_key" not in request.query for request in hub.requests if request.path != "/search.json")


def test_settings_hold_no_key() -> None:
    with pytest.raises(ValidationError, match="environment"):
        SearchSettings(query="x", base_url="https://serpapi.com?api_key=1")
    with pytest.raises(ValidationError, match="credentials") as caught:
        DocumentSources(urls=("https://user:word@h.org/a.pdf",))  # type: ignore[arg-type]
    assert "word" not in str(caught.value)


def test_the_query_may_name_its_own_file_type(tmp_path: Path) -> None:
    assert SearchSettings(query="x filetype:pdf site:h.org").text == "x filetype:pdf site:h.org"
    assert SearchSettings(query="x", only_pdf=False).text == "x"
