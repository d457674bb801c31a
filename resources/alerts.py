"""Messages to people when something is odd: to Slack where a token and a channel are set, and always to a file and the log.

The token is in CORPUSMITH_SLACK_TOKEN, or SLACK_BOT_TOKEN; the channel in CORPUSMITH_SLACK_CHANNEL, or the profile. A message that
cannot be delivered is logged, never raised: whoever sends one has more important things to do. Messages are about facts (names, numbers,
thresholds). Values of secret variables of the environment are blanked out, lines are cut, and marks that call people in Slack are inert.
"""

import json
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from assets.http_dates import retry_after_s

Severity = Literal["info", "warn", "error"]
FILE = "alerts.jsonl"
TOKENS = ("CORPUSMITH_SLACK_TOKEN", "SLACK_BOT_TOKEN")
CHANNEL = "CORPUSMITH_SLACK_CHANNEL"
_LEVELS = {"info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_MARKS = {"info": ":information_source:", "warn": ":warning:", "error": ":rotating_light:"}
_MAX_LINES, _MAX_LINE = 20, 300
_SECRET = re.compile(r"TOKEN|SECRET|PASSWORD|PRIVATE|_KEY$|API_?KEY", re.IGNORECASE)
_MIN_SECRET = 8  # shorter values would blank out ordinary words
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_BASE_URL = r"^(https://|http://(127\.0\.0\.1|localhost)[:/]).*/$"  # a token does not travel in the clear
_CODE = re.compile(r"[a-z_]{1,40}")


class AlertSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """How messages are delivered."""

    channel: str | None = Field(None, description="Slack channel, as #name or id; null: CORPUSMITH_SLACK_CHANNEL")
    base_url: str = Field("https://slack.com/api/", pattern=_BASE_URL, description="of Slack's API")
    timeout_s: int = Field(10, gt=0, description="of a request")
    max_attempts: int = Field(3, ge=1, description="when Slack asks to wait, or does not answer")
    max_wait_s: float = Field(30, ge=0, description="nobody is waited for longer, whatever Slack asks for")


@dataclass(frozen=True)
class Alerts:
    """Sends messages; `folder` holds alerts.jsonl."""

    folder: Path
    settings: AlertSettings = field(default_factory=AlertSettings)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    log: logging.Logger = field(default=logging.getLogger("corpusmith.alerts"), repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    def send(self, title: str, lines: Iterable[str], severity: Severity = "warn") -> str:
        """Deliver a message and return how: `slack`, `file`, or `failed: REASON`. Never raises; alerts.jsonl has it in every case."""
        shown = [self._clean(line) for line in (title, *list(lines)[:_MAX_LINES])]
        delivery = self._to_slack(shown, severity)
        entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "severity": severity, "title": shown[0], "lines": shown[1:]}
        self._to_file(entry | {"delivery": delivery})
        self.log.log(_LEVELS[severity], "%s (%s)", "; ".join(shown), delivery)
        return delivery

    def _clean(self, line: str) -> str:
        """Return `line` in one line, short, and without the values of secret variables."""
        secrets = {value.strip() for name, value in self.environment.items() if _SECRET.search(name)}
        for value in sorted((value for value in secrets if len(value) >= _MIN_SECRET), key=len, reverse=True):
            line = line.replace(value, "***")
        line = _UNPRINTABLE.sub(" ", line).strip()
        return line if len(line) <= _MAX_LINE else line[: _MAX_LINE - 1] + "…"

    def _to_file(self, entry: dict[str, Any]) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n")
        except OSError as error:
            self.log.error("%s cannot be written: %s", FILE, type(error).__name__)

    def _to_slack(self, shown: list[str], severity: Severity) -> str:
        token = next((value for name in TOKENS if (value := self.environment.get(name, "").strip())), None)
        channel = self.settings.channel or self.environment.get(CHANNEL, "").strip()
        if not token or not channel:
            return "file"
        try:
            from dagster_slack import SlackResource

            client = SlackResource(token=token).get_client()
            client.base_url, client.timeout = self.settings.base_url, self.settings.timeout_s
            client.retry_handlers = []  # they wait for as long as they are told
            client._logger = logging.getLogger("corpusmith.alerts.slack")  # the usual one shows headers when debugging
            return self._posted(client, channel, _message(shown, severity))
        except Exception as error:  # whatever it is: the run that sends an alert goes on
            return f"failed: {type(error).__name__}"

    def _posted(self, client: Any, channel: str, text: str) -> str:
        from slack_sdk.errors import SlackApiError

        reason, wait = "", 0.0
        for attempt in range(self.settings.max_attempts):
            if attempt:
                self.sleep(wait)
            try:
                client.chat_postMessage(channel=channel, text=text, unfurl_links=False, unfurl_media=False)
                return "slack"
            except SlackApiError as error:
                reason, wait = _refusal(error.response), _wait(error.response, attempt)
                if error.response.status_code < 500 and error.response.status_code != 429:
                    break
            except OSError as error:  # urllib's errors and timeouts are some
                reason, wait = type(error).__name__, 2.0**attempt
            if wait > self.settings.max_wait_s:
                break
        return f"failed: {reason}"


def _message(shown: list[str], severity: Severity) -> str:
    safe = [line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for line in shown]
    return "\n".join([f"{_MARKS[severity]} *{safe[0]}*", *(f"• {line}" for line in safe[1:])])


def _refusal(response: Any) -> str:
    """Return Slack's word for what is wrong, or the status."""
    code = response.data.get("error") if isinstance(response.data, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else f"status {response.status_code}"


def _wait(response: Any, attempt: int) -> float:
    """Return how many seconds Slack wants us to wait; a growing pause where it does not say."""
    headers = {name.lower(): value[0] if isinstance(value, list) and value else value for name, value in response.headers.items()}
    asked = retry_after_s({name: value for name, value in headers.items() if isinstance(value, str)}, time.time())
    return 2.0**attempt if asked is None else asked
