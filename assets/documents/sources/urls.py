"""URLs as they are asked for, and as they are written down: without anything that opens a door."""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

MAX_CHARS = 4_000  # RFC 9110 asks for 8,000 octets at least; hardly a document has a URL of half of that
_SAFE = "/:;,@!$&'()*+=-._~%?"
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\]")
_PORTS = {"http": 80, "https": 443}
# Parameters that grant access: signed URLs of object stores (AWS, Google, Azure) and the usual names of tokens.
_SECRET = re.compile(
    r"(?i)(x-amz-.*|x-goog-.*|awsaccesskeyid|googleaccessid|signature|sig|key-pair-id|policy"
    r"|((access|auth|id|session|csrf|api|private)[_-]?)?token|api[_-]?key|apikey|client[_-]?secret|secret|pass(word|wd)?|sid|jsessionid"
    r"|phpsessid|session(id)?|authorization|jwt)"
)


def normal(url: str) -> str:
    """Return `url` in one spelling: scheme and host small, IDNA, percent-encoded, no default port, no fragment, no credentials.

    Raises ValueError, which quotes nothing, when it is not http(s) or names no host.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _host(parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError("not a URL that can be fetched") from None
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or len(url) > MAX_CHARS or not _is_clean(url.strip()):
        raise ValueError("not a URL that can be fetched: give http(s)://HOST/path")
    netloc = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return urlunsplit((parts.scheme, netloc, quote(_without_dots(parts.path), safe=_SAFE) or "/", quote(parts.query, safe=_SAFE), ""))


def joined(url: str, location: str) -> str:
    """Return where `location`, said by the server of `url`, leads. Raises ValueError when that cannot be fetched."""
    return normal(urljoin(url, location.strip()))


def public(url: str) -> str:
    """Return `normal` `url` as it may be stored and logged: without the parameters of its query that grant access."""
    parts = urlsplit(url)
    if not parts.query:
        return url
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _SECRET.fullmatch(name)]
    return url if len(kept) == len(pairs) else urlunsplit(parts._replace(query=urlencode(kept)))


def host(url: str) -> str:
    """Return host, or host:port where it is not the default one, of `normal` `url`."""
    return urlsplit(url).netloc


def path(url: str) -> str:
    """Return the path of `url` in readable letters, without the / in front."""
    return unquote(urlsplit(url).path).lstrip("/")


def _host(name: str) -> str:
    if ":" in name:
        return f"[{name.lower()}]"
    return name.lower() if name.isascii() else name.encode("idna").decode("ascii").lower()


def _is_clean(url: str) -> bool:
    return all(char.isprintable() and char != "\\" for char in url)


def _without_dots(path: str) -> str:
    """Resolve . and .. (RFC 3986, 5.2.4): robots.txt is about the path that is asked for."""
    return urlsplit(urljoin("http://host/", path or "/")).path if "/." in path else path
