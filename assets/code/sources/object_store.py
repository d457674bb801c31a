"""Objects of a public S3 bucket or of a mirror of it: many requests in flight, patient with a busy store, clear about a dead one."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from obstore.store import S3Store

# Any of these means that the environment has credentials; without one the object-store client would ask a cloud's metadata service.
CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_REMEDY = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN for temporary ones), or unset them for anonymous access."
# The error codes of S3 that are about who asks and not about what is asked for.
_CREDENTIAL_CODES = frozenset(
    ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "RequestTimeTooSkewed"]
)
_CODE = re.compile(r"<Code>(\w{1,64})</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_PING = "ping"  # an object that need not exist: any answer shows that the store is alive

Reason = Literal["missing", "over_size", "denied", "throttled", "unreachable", "broken"]


class ObjectStoreError(RuntimeError):
    """The store cannot be used; the message names endpoint, bucket and remedy, and holds no credentials."""

    blames_the_source = True


class ObjectStore(BaseModel, frozen=True, extra="forbid"):
    """Where objects are and how hard to ask for them. Credentials come from the environment (AWS_*), none means anonymous."""

    url: str = Field("s3://softwareheritage/content", pattern=r"^s3://[a-z0-9][a-z0-9.-]+(/[^?#\s]*)?$", description="bucket and prefix")
    endpoint_url: str | None = Field(None, pattern=r"^https?://[^/@\s]+(/[^@\s]*)?$", description="of a mirror; null for AWS")
    region: str = "us-east-1"
    anonymous: bool | None = Field(None, description="null: when the environment holds no credentials; false: the machine's role")
    requests_in_flight: int = Field(64, ge=1, le=1024)
    max_attempts: int = Field(8, ge=1, description="of one request, with exponential back-off between them")
    max_backoff_s: float = Field(10.0, gt=0, description="longest pause between two attempts")
    timeout_s: float = Field(60.0, gt=0, description="longest time for one attempt")

    @property
    def place(self) -> str:
        """Bucket and endpoint, for messages."""
        return f"{self.url} at {self.endpoint_url or f'AWS {self.region}'}"

    def open(self) -> "S3Store":
        """Return a client. The credentials in the environment are read here."""
        from obstore.store import S3Store

        bucket, _, prefix = self.url.removeprefix("s3://").partition("/")
        anonymous = not any(map(os.environ.get, CREDENTIALS)) if self.anonymous is None else self.anonymous
        endpoint: dict[str, Any] = {"endpoint": self.endpoint_url} if self.endpoint_url else {}
        return S3Store(
            bucket,
            prefix=prefix or None,
            region=self.region,
            skip_signature=anonymous,
            client_options={
                "allow_http": bool(self.endpoint_url and self.endpoint_url.startswith("http://")),
                "timeout": timedelta(seconds=self.timeout_s),
            },
            retry_config={
                "max_retries": self.max_attempts - 1,
                "retry_timeout": timedelta(seconds=self.max_attempts * (self.timeout_s + self.max_backoff_s)),
                "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=self.max_backoff_s), "base": 2},
            },
            **endpoint,
        )


class Unavailable(Exception):
    """One object could not be had: `reason`, and the store's own words for it as far as they are harmless."""

    def __init__(self, reason: Reason, said: str = "") -> None:
        super().__init__(reason)
        self.reason, self.said = reason, said


Answer = tuple[str, bytes | Unavailable]


async def get(client: "S3Store", key: str, max_bytes: int) -> bytes:
    """Return the object `key`. Raises Unavailable (also when it is larger than `max_bytes`, without receiving it)."""
    import obstore
    from obstore.exceptions import BaseError

    try:
        answer = await obstore.get_async(client, key)
    except (BaseError, OSError) as error:
        raise _explain(str(error)) from None
    if answer.meta["size"] > max_bytes:
        raise Unavailable("over_size")
    try:
        return bytes(await answer.bytes_async())
    except (BaseError, OSError):  # it broke off, and so did the attempts to get the rest
        raise Unavailable("broken") from None


async def check(store: ObjectStore, client: "S3Store | None" = None) -> None:
    """Return when the store answers, whatever it says about one object. Raises ObjectStoreError naming what to set."""
    try:
        await get(client or store.open(), _PING, 0)
    except Unavailable as problem:
        if problem.said in (*_CREDENTIAL_CODES, "NoSuchBucket") or problem.reason in ("unreachable", "throttled"):
            raise failure(store, problem) from None


def failure(store: ObjectStore, problem: Unavailable) -> ObjectStoreError:
    """Return the error that says of the whole `store` what `problem` says of one object."""
    said = f" ({problem.said})" if problem.said else ""
    if problem.reason == "denied":
        return ObjectStoreError(f"{store.place}: access denied{said}. {_REMEDY}")
    if problem.said == "NoSuchBucket":
        return ObjectStoreError(f"{store.place}: no such bucket. Correct store.url.")
    if problem.reason == "throttled":
        return ObjectStoreError(f"{store.place}: still too busy after {store.max_attempts} attempts{said}. Lower store.requests_in_flight.")
    return ObjectStoreError(f"{store.place}: no answer in {store.max_attempts} attempts{said}. Check store.endpoint_url and the network.")


def _explain(text: str) -> Unavailable:
    """Sort an error of the client by what to do about it. Its text can quote the request: only codes are taken from it."""
    code = found[1] if (found := _CODE.search(text)) else ""
    status = found[1] if (found := _STATUS.search(text)) else ""
    if code in _CREDENTIAL_CODES or status in ("401", "403"):
        return Unavailable("denied", code)
    if status == "404":
        return Unavailable("unreachable" if code == "NoSuchBucket" else "missing", code)
    if status in ("429", "503"):
        return Unavailable("throttled", f"{status} {code}".strip())
    return Unavailable("unreachable", f"{status} {code}".strip())


async def get_all(store: ObjectStore, keys: Iterable[str], max_bytes: int) -> AsyncIterator[Answer]:
    """Yield (key, object or why there is none) for each of `keys` as they come, with `store.requests_in_flight` at once.

    What got no answer is asked for once more at the end, one at a time. Raises ObjectStoreError when the store is dead, stays too
    busy, or refuses everything that is there.
    """
    client, denied, unanswered, in_vain, anything = store.open(), list[str](), list[str](), 0, False
    async with aclosing(_answers(client, iter(keys), store.requests_in_flight, max_bytes)) as answers:
        async for key, found in answers:
            _stop_at(store, found)
            if _is(found, "denied"):
                denied.append(key)
            elif _is(found, "unreachable", "throttled"):
                unanswered.append(key)
            else:
                anything = True
                yield key, found
            in_vain = in_vain + 1 if _is(found, "unreachable", "throttled") else 0
            if in_vain == store.requests_in_flight:  # everything that was under way: is anybody there?
                await check(store, client)
                in_vain = 0
            if not anything and len(denied) >= store.requests_in_flight:
                raise failure(store, Unavailable("denied"))
    for key in unanswered:
        yield key, await _last_try(store, client, key, max_bytes)
    if denied and not anything:
        raise failure(store, Unavailable("denied"))
    for key in denied:  # S3 says so of an object that is not there, when listing the bucket is not allowed
        yield key, Unavailable("missing")


def _is(found: bytes | Unavailable, *reasons: Reason) -> bool:
    return isinstance(found, Unavailable) and found.reason in reasons


def _stop_at(store: ObjectStore, found: bytes | Unavailable) -> None:
    """Raise what no further request can mend."""
    if isinstance(found, Unavailable) and found.said in (*_CREDENTIAL_CODES, "NoSuchBucket"):
        raise failure(store, found)


async def _answers(client: "S3Store", waiting: Iterator[str], in_flight: int, max_bytes: int) -> AsyncGenerator[Answer, None]:
    """Yield (key, answer) in the order of the answers, keeping `in_flight` requests under way."""
    finished: asyncio.Queue[asyncio.Task[Answer]] = asyncio.Queue()
    running: set[asyncio.Task[Answer]] = set()
    try:
        while True:
            for key in islice(waiting, in_flight - len(running)):
                task = asyncio.create_task(_try(client, key, max_bytes))
                task.add_done_callback(finished.put_nowait)
                running.add(task)
            if not running:
                return
            running.discard(done := await finished.get())
            yield done.result()
    finally:
        for task in running:
            task.cancel()


async def _try(client: "S3Store", key: str, max_bytes: int) -> Answer:
    try:
        return key, await get(client, key, max_bytes)
    except Unavailable as problem:
        return key, problem


async def _last_try(store: ObjectStore, client: "S3Store", key: str, max_bytes: int) -> bytes | Unavailable:
    """Ask again for what got no answer: when only this object gets none, it is to blame and not the store."""
    _, found = await _try(client, key, max_bytes)
    _stop_at(store, found)
    if _is(found, "throttled"):
        raise failure(store, Unavailable("throttled"))
    if _is(found, "unreachable"):
        await check(store, client)
    return found
