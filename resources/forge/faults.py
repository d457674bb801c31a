"""What goes wrong on request. The same request key is hit the same number of times in every run with the same seed."""

import threading
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

Kind = Literal["429", "403", "403-bare", "500", "502", "503", "dropped", "truncated", "html", "slow"]
KINDS: tuple[Kind, ...] = ("429", "403", "403-bare", "500", "502", "503", "dropped", "truncated", "html", "slow")


@dataclass(frozen=True, slots=True)
class Faults:
    """`share` of the requests (by method, path and query) meet one of `kinds` before they are answered, `times` times each.

    `missing` pull requests are 404, the diff of `too_large` ones is refused as GitHub refuses it, `search_results` is how many results
    of a query can be reached (1,000 on GitHub).
    """

    share: float = 0.0
    kinds: tuple[Kind, ...] = KINDS
    times: int = 1
    seed: int = 0
    retry_after_s: int = 0
    slow_s: float = 0.5
    latency_s: float = 0.0
    missing: frozenset[int] = frozenset()
    too_large: frozenset[int] = frozenset()
    search_results: int = 1_000


@dataclass(slots=True)
class Mischief:
    """Decides which request is hit; counts, so that a retry succeeds in the end."""

    faults: Faults
    hits: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, method: str, target: str) -> Kind | None:
        """Return what the request meets this time."""
        if not self.faults.share:
            return None
        digest = sha256(f"{self.faults.seed} {method} {target}".encode()).digest()
        if int.from_bytes(digest[:8]) / 2**64 >= self.faults.share:
            return None
        with self._lock:
            if self.hits[target] >= self.faults.times:
                return None
            self.hits[target] += 1
        return self.faults.kinds[int.from_bytes(digest[8:12]) % len(self.faults.kinds)]
