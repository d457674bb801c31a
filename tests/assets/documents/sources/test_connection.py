import asyncio
import datetime
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from assets.documents.sources.connection import connected
from assets.documents.sources.refusal import Refused


def _certificate(folder: Path, name: str) -> Path:
    """Write a self-signed certificate for `name` with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    text = serialization.Encoding.PEM
    file = folder / "server.pem"
    secret = key.private_bytes(text, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(text))
    return file


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "5")
        self.end_headers()
        self.wfile.write(self.headers["host"].encode()[:5])

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def tls_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A TLS server for localhost, whose certificate is trusted by the environment."""
    file = _certificate(tmp_path, "localhost")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = HTTPServer(("127.0.0.1", 0), _Hello)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()


async def _get(url: str, *allowed: str) -> bytes:
    async with connected("Corpusmith/0.1", 2.0, allowed) as connection, connection.get(url, {}) as reply:
        return b"".join([part async for part in reply.body])


def test_tls_proves_the_name_although_a_number_is_connected_to(tls_port: int) -> None:
    assert asyncio.run(_get(f"https://localhost:{tls_port}/", "localhost")) == b"local"
    with pytest.raises(Refused, match="bad_certificate"):
        asyncio.run(_get(f"https://127.0.0.1:{tls_port}/", "127.0.0.1"))


def test_nobody_is_trusted_without_an_authority(tls_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Refused, match="bad_certificate"):
        asyncio.run(_get(f"https://localhost:{tls_port}/", "localhost"))


def test_importing_the_line_loads_no_client() -> None:
    modules = "assets.documents.sources.acquiring", "assets.documents.sources.reading", "resources.search"
    code = f"import sys, {', '.join(modules)}; print([name for name in ('httpx', 'httpcore', 'protego', 'anyio') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
