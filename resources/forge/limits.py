"""The primary rate limit: so many requests in a window, for the REST API and for the search apart."""

import math
import threading
import time
from dataclasses import dataclass, field

from resources.forge.replies import Problem

UNLIMITED = 1_000_000  # told where no limit was asked for
SEARCHES = 30


@dataclass(slots=True)
class Bucket:
    """One resource's count in the window that ends at `reset` (epoch seconds)."""

    name: str
    limit: int
    window_s: float
    enforced: bool
    used: int = 0
    reset: float = 0.0

    def headers(self) -> dict[str, str]:
        """Return the x-ratelimit headers."""
        values = {**self.payload(), "resource": self.name}
        return {f"x-ratelimit-{name}": str(value) for name, value in values.items()}

    def payload(self) -> dict[str, int]:
        """Return the counts as /rate_limit shows them."""
        used = min(self.used, self.limit)
        return {"limit": self.limit, "used": used, "remaining": self.limit - used, "reset": math.ceil(self.reset)}


@dataclass(slots=True)
class Limits:
    """`rate_limit` requests in each window; None counts and never refuses."""

    rate_limit: int | None
    window_s: float
    buckets: dict[str, Bucket] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Make the buckets."""
        enforced = self.rate_limit is not None
        limit = self.rate_limit or UNLIMITED
        for name, of_name in (("core", limit), ("search", min(limit, SEARCHES) if enforced else limit), ("graphql", limit)):
            self.buckets[name] = Bucket(name, of_name, self.window_s, enforced)

    def take(self, name: str) -> Bucket:
        """Count a request; `Problem` 403 when the window's are used up."""
        with self._lock:
            bucket = self.peek(name)
            if bucket.enforced and bucket.used >= bucket.limit:
                raise Problem(403, "API rate limit exceeded for user ID 1.", bucket.headers())
            bucket.used += 1
            return bucket

    def give_back(self, name: str) -> None:
        """Do not count a request after all: a 304 costs nothing."""
        with self._lock:
            self.buckets[name].used -= 1

    def peek(self, name: str) -> Bucket:
        """Return the bucket of the current window."""
        bucket, now = self.buckets[name], time.time()
        if now >= bucket.reset:
            bucket.used, bucket.reset = 0, math.ceil(now + bucket.window_s)
        return bucket
