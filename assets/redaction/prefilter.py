"""The prefilter: hyperscan over a whole shard names the few places where a rule is worth trying.

To look for numbers and mail addresses is most of the work, and few places have any: there alone their rules are looked for.
"""

from array import array
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from assets import compiled
from assets.redaction import contexts
from assets.redaction.rulebook import rules
from assets.redaction.windows import windows

_GAP = b"\n" * 64  # between windows: no anchor reaches across


def spots(data: bytes | memoryview) -> np.ndarray:
    """Return the index of the rule and the end of its anchor in bytes (Int64, two columns) of each candidate in `data`, in order, once.

    One more than the last rule's is the index where something may be a replacement already.
    Two threads may call this at once: each call has scratch space of its own.
    """
    found = [_scan(None, data)]
    for near, (begins, ends) in windows(np.frombuffer(data, np.uint8)).items():
        found.append(_scan_windows(near, memoryview(data), begins, ends))
    every = np.concatenate(found)
    every = every[np.lexsort(every.T[::-1])]
    return every[np.diff(every, axis=0, prepend=-1).any(axis=1)]


def _scan_windows(near: str, data: memoryview, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return as `spots`, in any order, what the rules for places `near` something find in the windows from `begins` to `ends`."""
    joined = b"".join([piece for begin, end in zip(begins.tolist(), ends.tolist(), strict=True) for piece in (_GAP, data[begin:end])])
    found = _scan(near, joined)
    stops = np.cumsum(ends - begins + len(_GAP))
    window = np.searchsorted(stops, found[:, 1])
    found[:, 1] += (ends - stops)[window]
    return found[found[:, 1] > begins[window]]


def _scan(near: str | None, data: bytes | memoryview) -> np.ndarray:
    import hyperscan

    database, found = _database(near), array("q")
    scratch = hyperscan.Scratch(database)
    database.scan(data, lambda rule, _start, end, _flags, _context: found.extend((rule, end)), scratch=scratch)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


@cache
def _database(near: str | None) -> Any:
    """Return the database of the rules' anchors. To compile it takes most of a second, and to load what was compiled nothing."""
    import hyperscan

    anchors = {index: rule.anchor for index, rule in enumerate(rules()) if rule.near == near}
    if near is None:
        anchors[len(rules())] = contexts.ANCHOR
    made_of = "\n".join([version("hyperscan"), repr(anchors)])
    try:
        return hyperscan.loadb(compiled.kept(Path(__file__), made_of, ".hs", partial(_compiled, anchors)), hyperscan.HS_MODE_BLOCK)
    except hyperscan.error:  # it was compiled on another kind of processor
        return hyperscan.loadb(_compiled(anchors), hyperscan.HS_MODE_BLOCK)


def _compiled(anchors: dict[int, bytes]) -> bytes:
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=list(anchors.values()), ids=list(anchors), elements=len(anchors), flags=[0] * len(anchors))
    return bytes(hyperscan.dumpb(database))
