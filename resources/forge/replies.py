"""An answer of the server before it goes over the wire."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from resources.forge.faults import Faults, Kind

DOCUMENTATION = "https://docs.github.com/rest"
JSON_TYPE = "application/json; charset=utf-8"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass(slots=True)
class Reply:
    """Status, headers and body."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def tagged(self, if_none_match: str) -> "Reply":
        """Return the reply with its ETag, or 304 when the client has it already."""
        if self.status != 200:
            return self
        etag = f'W/"{sha256(self.body).hexdigest()}"'
        self.headers["etag"] = etag
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return Reply(304, b"", self.headers) if etag.removeprefix("W/") in known else self


class Problem(Exception):
    """A reply other than 200, raised where it is found out."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(message)
        self.reply = problem(status, message, headers, **more)


def json_reply(payload: Any, headers: dict[str, str] | None = None, status: int = 200) -> Reply:
    """Return a payload as JSON."""
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, body, {"content-type": JSON_TYPE, **(headers or {})})


def problem(status: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Reply:
    """Return an error as GitHub writes it."""
    return json_reply({"message": message, **more, "documentation_url": DOCUMENTATION, "status": str(status)}, headers, status)


def not_found() -> Problem:
    """Return the error for what is not there, or not to be seen."""
    return Problem(404, "Not Found")


def faulty(kind: Kind, faults: Faults) -> Reply:
    """Return the reply of a fault that replaces the answer."""
    wait = {"retry-after": str(faults.retry_after_s)}
    if kind == "429":
        return problem(429, SECONDARY, wait)
    if kind in ("403", "403-bare"):
        return problem(403, SECONDARY, wait if kind == "403" else None)
    if kind == "html":
        return Reply(200, b"<!DOCTYPE html><html><title>Unicorn!</title></html>", {"content-type": "text/html; charset=utf-8"})
    return problem(int(kind), {"500": "Server Error", "502": "Server Error", "503": "Service Unavailable"}[kind])
