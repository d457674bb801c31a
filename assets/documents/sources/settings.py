"""What documents are wanted, and the manners and limits of fetching them."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, field_validator

from assets.documents.sources import addresses, urls

PDF_TYPES = ("application/pdf", "application/x-pdf", "application/octet-stream", "binary/octet-stream", "application/force-download")


class DocumentUrl(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A document on the web. In a profile also the URL alone."""

    url: str = Field(description="http or https")
    title: str | None = Field(None, min_length=1)
    license: str | None = Field(None, min_length=1, description="SPDX expression; none: what the server says in a Link header, if anything")

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.username or parts.password:
            raise ValueError("credentials do not belong into the URL")
        return urls.normal(url)


class SearchSettings(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """A web search by SerpAPI's protocol. The key is in the environment: CORPUSMITH_SERPAPI_KEY or SERPAPI_API_KEY."""

    query: str = Field(min_length=1)
    max_results: int = Field(10, ge=1, le=1_000, description="links taken; each page of about ten is a search that is paid for")
    base_url: str = Field("https://serpapi.com", description="of the service, or of another one that speaks its protocol; may be private")
    engine: str = Field("google", pattern=r"^[a-z_]+$")
    only_pdf: bool = Field(True, description="add filetype:pdf to the query unless it names a file type")
    language: str | None = Field(None, pattern=r"^[a-z]{2}(-[a-z]{2})?$", description="hl of the search, such as en")
    country: str | None = Field(None, pattern=r"^[a-z]{2}$", description="gl of the search, such as us")
    max_age_days: float = Field(7.0, ge=0, description="results that are not older are not asked for again")

    @property
    def text(self) -> str:
        """What is searched for."""
        return self.query if not self.only_pdf or "filetype:" in self.query else f"{self.query} filetype:pdf"

    @field_validator("base_url")
    @classmethod
    def _is_plain(cls, url: str) -> str:
        parts = urlsplit(urls.normal(url))
        if "@" in url or parts.query or "#" in url:
            raise ValueError("give http(s)://HOST: the key belongs into the environment (CORPUSMITH_SERPAPI_KEY)")
        return urls.normal(url).rstrip("/")


class FetchSettings(BaseModel, frozen=True, extra="forbid"):
    """Manners and limits. None comes from a study unless it says so."""

    user_agent: str = Field("Corpusmith/0.1", pattern=r"^[A-Za-z_-]+[ -~]*$", description="its first word is what robots.txt is read for")
    allowed_private_hosts: tuple[str, ...] = Field((), description="host or host:port that may have a private or loopback address")
    parallel_requests: int = Field(8, ge=1, le=100, description="in flight, all hosts together")
    parallel_requests_per_host: int = Field(2, ge=1, le=8, description="one where robots.txt names a delay")
    # Google's crawler gives up after five redirects of a robots.txt (RFC 9309, 2.3.1.2: at least five).
    max_redirects: int = Field(5, ge=0, le=20)
    timeout_s: float = Field(30.0, gt=0, description="longest silence of a server")
    document_timeout_s: float = Field(300.0, gt=0, description="for one attempt at one document, however slowly it comes")
    max_attempts: int = Field(4, ge=1, description="for what is worth repeating: 429, 5xx, timeouts, dropped connections")
    backoff_s: float = Field(1.0, ge=0, description="before the second attempt; doubles each time, up to 30 s")
    max_wait_s: float = Field(
        120.0, ge=0, description="longest Retry-After and crawl delay that is waited for; beyond it the URL is refused"
    )
    max_document_bytes: int = Field(50_000_000, gt=0, description="a larger document is refused")
    content_types: tuple[str, ...] = Field(PDF_TYPES, description="media types that are read; an answer that names none is read as well")
    revalidate_after_days: float | None = Field(None, ge=0, description="ask whether a stored document has changed; none: never")

    @field_validator("allowed_private_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if any(not host or "/" in host or "*" in host for host in hosts):
            raise ValueError("give names or addresses of hosts, with :port or without; no pattern, no URL")
        return tuple(addresses.plain(host) for host in hosts)


def _as_url(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


class DocumentSources(BaseModel, frozen=True, extra="forbid", hide_input_in_errors=True):
    """Where documents come from."""

    paths: tuple[str, ...] = Field((), description="PDF files, folders (all *.pdf below), or globs (** for any depth)")
    urls: tuple[Annotated[DocumentUrl, BeforeValidator(_as_url)], ...] = Field((), description="URLs, or mappings of url, title, license")
    search: SearchSettings | None = None
    fetch: FetchSettings = FetchSettings()
    shard_max_bytes: int = Field(32_000_000, gt=0, description="of the documents of a shard; a larger document is one by itself")

    @property
    def is_empty(self) -> bool:
        """Whether no source is named."""
        return not (self.paths or self.urls or self.search)
