"""The prefilter: one pass of hyperscan over a whole shard names the few places where a rule is worth trying."""

from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assets import compiled
from assets.redaction.rulebook import rules


@cache
def _database() -> Any:
    """Return the database of all anchors. To compile it takes most of a second, and to load what was compiled nothing."""
    import hyperscan

    anchors = tuple(rule.anchor for rule in rules())
    made_of = "\n".join([version("hyperscan"), *map(repr, anchors)])
    try:
        return hyperscan.loadb(compiled.kept(Path(__file__), made_of, ".hs", partial(_compiled, anchors)), hyperscan.HS_MODE_BLOCK)
    except hyperscan.error:  # it was compiled on another kind of processor
        return hyperscan.loadb(_compiled(anchors), hyperscan.HS_MODE_BLOCK)


def _compiled(anchors: tuple[bytes, ...]) -> bytes:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(anchors), ids=list(range(len(anchors))), elements=len(anchors), flags=[0] * len(anchors))
    return bytes(hyperscan.dumpb(database))


def spots(data: bytes) -> list[tuple[int, int]]:
    """Return (index of the rule, end of its anchor in bytes) of each candidate in `data`, in order, each once.

    Two threads may call this at once: each call has scratch space of its own.
    """
    import hyperscan

    database, found = _database(), []
    scratch = hyperscan.Scratch(database)
    database.scan(data, lambda rule, _start, end, _flags, _context: found.append((rule, end)), scratch=scratch)
    return sorted(set(found))
