import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest


class GitHandler(BaseHTTPRequestHandler):
    """git's own HTTP backend behind basic authentication; remembers the command lines of all processes while it is asked."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.read_body())

    def read_body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def answer(self, body: bytes) -> None:
        server: GitServer = self.server  # type: ignore[assignment]
        server.command_lines |= command_lines()
        given = self.headers.get("Authorization", "")
        server.authorizations.append(given)
        if server.login and given != "Basic " + base64.b64encode(server.login.encode()).decode():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        head, _, content = self.run_backend(server, body).partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def run_backend(self, server: "GitServer", body: bytes) -> bytes:
        path, _, query = self.path.partition("?")
        environment = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }
        return subprocess.run(["git", "http-backend"], input=body, env=environment, stdout=subprocess.PIPE, check=False).stdout

    def log_message(self, *_: object) -> None:
        """Tests are quiet."""


class GitServer(ThreadingHTTPServer):
    """Serves the repositories below `root` to who gives `login` (user:password), or to all."""

    daemon_threads = True
    root: Path
    login = ""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), GitHandler)
        self.root = root
        self.command_lines: set[str] = set()
        self.authorizations: list[str] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


def command_lines() -> set[str]:
    lines = set()
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.add(process.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:  # it ended
            continue
    return lines


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A git host on this machine, which serves the folder of the test."""
    with GitServer(tmp_path) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CORPUSMITH_GIT_TOKEN"):
            monkeypatch.delenv(name)
