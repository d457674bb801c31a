"""HTTP over connections that lead to public addresses only. Imported inside functions: httpcore takes a while.

The address is resolved once, checked, and connected to as a number, so that nobody can answer differently in between; TLS still proves the
name. That holds for each connection, and so for each hop of a redirect. Proxies of the environment are not used: they would connect in
our place, where nothing can be checked. httpcore by itself writes no URL to a log, httpx would.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any, NamedTuple

import httpcore

from assets.documents.sources import addresses
from assets.documents.sources.refusal import Refused, Transient

_FOR_GOOD = (socket.EAI_NONAME, socket.EAI_FAMILY, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))
_MAX_ADDRESSES = 4  # that are tried


class Reply(NamedTuple):
    """An answer whose body is yet to come, as sent."""

    status: int
    headers: Mapping[str, str]
    body: AsyncIterator[bytes]


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to any address of `allowed` hosts. Raises Refused private_address and Transient unreachable."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed, self._network = allowed, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers; all of them must be public."""
        found = await _resolved(host, port, timeout)
        if not addresses.is_allowed(host, port, self._allowed) and not all(map(addresses.is_public, found)):
            raise Refused("private_address", host)
        problem: Exception = Transient("unreachable", f"{host}: no address")
        for address in found[:_MAX_ADDRESSES]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)


class Connection:
    """GET over one pool of connections."""

    def __init__(self, pool: httpcore.AsyncConnectionPool, user_agent: str, timeout_s: float) -> None:
        """Use `connected` instead."""
        self._pool, self._user_agent = pool, user_agent
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)

    @asynccontextmanager
    async def get(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[Reply]:
        """Send GET `url` (`urls.normal`); redirects are not followed. Raises Refused private_address, bad_certificate; Transient."""
        host = url.split("/")[2]
        own = {"Host": host, "User-Agent": self._user_agent, "Accept-Encoding": "identity"}
        sent: list[tuple[bytes | str, bytes | str]] = [*own.items(), *headers.items()]
        try:
            async with self._pool.stream("GET", url, headers=sent, extensions={"timeout": self._timeouts}) as response:
                yield Reply(response.status, _headers(response.headers), response.aiter_stream())
        except httpcore.TimeoutException:
            raise Transient("timeout", f"{host}: silent for {self._timeouts['read']:g} s") from None
        except httpcore.ConnectError as error:
            if _is_about_trust(error):
                raise Refused("bad_certificate", host) from None
            raise Transient("unreachable", host) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, ConnectionError, TimeoutError) as error:
            raise Transient("broken_answer", f"{host}: {type(error).__name__}") from None


@asynccontextmanager
async def connected(user_agent: str, timeout_s: float, allowed: Sequence[str]) -> AsyncIterator[Connection]:
    """Open a `Connection` for which the hosts `allowed` may have private addresses."""
    network = PublicNetwork(allowed)
    trust = _trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
    pool = httpcore.AsyncConnectionPool(ssl_context=trust, max_connections=100, max_keepalive_connections=20, network_backend=network)
    async with pool:
        yield Connection(pool, user_agent, timeout_s)


@lru_cache(maxsize=4)  # reading the authorities takes a tenth of a second
def _trust(file: str | None, folder: str | None) -> ssl.SSLContext:
    """The authorities of certifi and of the system; SSL_CERT_FILE and SSL_CERT_DIR, as they are now, name a company's own."""
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    return context


def _is_about_trust(error: BaseException | None) -> bool:
    """Tell whether a certificate that proves nothing is behind `error`, however deep."""
    for _ in range(8):
        if error is None or isinstance(error, ssl.SSLCertVerificationError):
            return error is not None
        error = error.__cause__ or error.__context__
    return False


async def _resolved(host: str, port: int, timeout: float | None) -> list[str]:
    """Return the addresses of `host`, each once, in the order in which the system prefers them."""
    name = host.strip("[]")
    try:
        async with asyncio.timeout(timeout):
            found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except TimeoutError:
        raise Transient("timeout", f"{host}: no answer from the name server") from None
    except (socket.gaierror, UnicodeError) as error:
        if isinstance(error, UnicodeError) or error.errno in _FOR_GOOD:
            raise Refused("unknown_host", host) from None
        raise Transient("unreachable", f"{host}: no answer from the name server") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by their small names; of one that is sent twice all values, as a list."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
