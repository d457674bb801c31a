import json
import logging
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from resources.alerts import Alerts, AlertSettings

TOKEN = "-".join(["xoxb", "1" * 12, "a" * 24])
POSTED = (200, {}, {"ok": True, "channel": "C1", "ts": "1.2"})


class Slack(ThreadingHTTPServer):
    """Speaks chat.postMessage; gives the `answers` one after another, the last for ever."""

    def __init__(self, *answers: tuple[int, dict[str, str], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers, self.asked = list(answers), list[dict[str, str]]()
        self.slow_s = 0.0
        Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self) -> "Slack":
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *_: object) -> None:  # a client that did not wait
        return


class _Handler(BaseHTTPRequestHandler):
    server: Slack

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        said = json.loads(body) if "json" in self.headers["Content-Type"] else {name: text[0] for name, text in parse_qs(body).items()}
        self.server.asked.append(said | {"path": self.path, "authorization": self.headers["Authorization"]})
        time.sleep(self.server.slow_s)
        answers = self.server.answers
        status, headers, answer = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def waits() -> Iterator[list[float]]:
    yield []


def alerts(folder: Path, slack: Slack, waits: list[float], **chosen: Any) -> Alerts:
    settings = AlertSettings(base_url=f"http://127.0.0.1:{slack.server_port}/api/", channel="#data", **chosen)
    return Alerts(folder, settings, {"CORPUSMITH_SLACK_TOKEN": TOKEN}, sleep=waits.append)


def told(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_message_reaches_slack(tmp_path: Path, waits: list[float], caplog: pytest.LogCaptureFixture) -> None:
    with Slack(POSTED) as slack, caplog.at_level(logging.DEBUG):
        assert alerts(tmp_path, slack, waits).send("mean turns", ["is 12, above 10 <!channel>", f"a&b {TOKEN}"], "error") == "slack"
    (asked,) = slack.asked
    assert (asked["path"], asked["authorization"], asked["channel"]) == ("/api/chat.postMessage", f"Bearer {TOKEN}", "#data")
    assert asked["text"] == ":rotating_light: *mean turns*\n• is 12, above 10 &lt;!channel&gt;\n• a&amp;b ***"
    (entry,) = told(tmp_path)
    assert (entry["severity"], entry["title"], entry["delivery"]) == ("error", "mean turns", "slack") and not waits
    assert TOKEN not in caplog.text and TOKEN not in json.dumps(entry)


def test_without_a_token_or_a_channel_it_is_a_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for environment in ({}, {"SLACK_BOT_TOKEN": TOKEN}, {"CORPUSMITH_SLACK_CHANNEL": "#data"}):
        with caplog.at_level(logging.INFO):
            assert Alerts(tmp_path, environment=environment).send("odd", ["a\nb\x1b[31m", TOKEN]) == "file"
    assert [entry["lines"] for entry in told(tmp_path)] == [["a b [31m", TOKEN], ["a b [31m", "***"], ["a b [31m", TOKEN]]
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3


def test_the_environment_names_the_channel(tmp_path: Path) -> None:
    with Slack(POSTED) as slack:
        environment = {"SLACK_BOT_TOKEN": TOKEN, "CORPUSMITH_SLACK_CHANNEL": "C123"}
        settings = AlertSettings(base_url=f"http://localhost:{slack.server_port}/api/")
        assert Alerts(tmp_path, settings, environment).send("odd", []) == "slack"
    assert slack.asked[0]["channel"] == "C123"


def test_slack_asks_to_wait(tmp_path: Path, waits: list[float]) -> None:
    limited = (429, {"Retry-After": "7"}, {"ok": False, "error": "ratelimited"})
    with Slack(limited, POSTED) as slack:
        assert alerts(tmp_path, slack, waits).send("odd", []) == "slack"
    assert waits == [7.0] and len(slack.asked) == 2


@pytest.mark.parametrize("wait", ["3600", "99999999", "tomorrow", None])
def test_nobody_waits_for_ever(tmp_path: Path, waits: list[float], wait: str | None) -> None:
    limited = (429, {"Retry-After": wait} if wait else {}, {"ok": False, "error": "ratelimited"})
    with Slack(limited) as slack:
        assert alerts(tmp_path, slack, waits).send("odd", []) == "failed: ratelimited"
    assert len(slack.asked) == (1 if wait in ("3600", "99999999") else 3) and sum(waits) < 10


@pytest.mark.parametrize(
    ("answer", "attempts", "delivery"),
    [
        ((200, {}, {"ok": False, "error": "invalid_auth"}), 1, "failed: invalid_auth"),
        ((200, {}, {"ok": False, "error": f"leak {TOKEN}"}), 1, "failed: status 200"),
        ((503, {}, b"<html>"), 3, "failed: status 503"),
        ((200, {}, b"no JSON"), 1, "failed: status 200"),
        ((200, {"Content-Length": "999"}, b"{}"), 1, "failed: IncompleteRead"),
    ],
)
def test_what_slack_refuses_is_no_failure_of_the_run(
    tmp_path: Path, waits: list[float], caplog: pytest.LogCaptureFixture, answer: Any, attempts: int, delivery: str
) -> None:
    with Slack(answer) as slack:
        assert alerts(tmp_path, slack, waits).send("odd", ["fact"]) == delivery
    assert len(slack.asked) == attempts and told(tmp_path)[0]["delivery"] == delivery
    assert TOKEN not in caplog.text and delivery in caplog.text


def test_slack_does_not_answer(tmp_path: Path, waits: list[float]) -> None:
    with Slack(POSTED) as slack:
        slack.slow_s = 2
        assert alerts(tmp_path, slack, waits, timeout_s=1, max_attempts=1).send("odd", []) in ("failed: TimeoutError", "failed: URLError")
    gone = alerts(tmp_path, slack, waits, max_attempts=2)
    assert gone.send("odd", []) == "failed: URLError" and waits == [1.0]


def test_a_full_disk_is_no_failure_of_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    assert Alerts(tmp_path / "file", environment={}).send("odd", []) == "file"
    assert "alerts.jsonl cannot be written" in caplog.text


def test_long_messages_are_cut(tmp_path: Path) -> None:
    Alerts(tmp_path, environment={}).send("x" * 1_000, [f"line {number}" for number in range(100)], "info")
    (entry,) = told(tmp_path)
    assert len(entry["title"]) == 300 and len(entry["lines"]) == 20


def test_a_token_does_not_travel_in_the_clear() -> None:
    for url in ("http://slack.example.com/api/", "ftp://localhost/", "http://localhost.example.com/"):
        with pytest.raises(ValidationError):
            AlertSettings(base_url=url)
    assert TOKEN not in repr(Alerts(Path(), environment={"SLACK_BOT_TOKEN": TOKEN}))
