"""The prefilter: one pass of hyperscan over a whole shard names the few places where a rule is worth trying."""

from functools import cache
from typing import Any

from assets.redaction.rulebook import rules


@cache
def _database() -> Any:
    import hyperscan

    anchors = [rule.anchor for rule in rules()]
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=anchors, ids=list(range(len(anchors))), elements=len(anchors), flags=[0] * len(anchors))
    return database


def spots(data: bytes) -> list[tuple[int, int]]:
    """Return (index of the rule, end of its anchor in bytes) of each candidate in `data`, in order, each once.

    Two threads may call this at once: each call has scratch space of its own.
    """
    import hyperscan

    database, found = _database(), []
    scratch = hyperscan.Scratch(database)
    database.scan(data, lambda rule, _start, end, _flags, _context: found.append((rule, end)), scratch=scratch)
    return sorted(set(found))
