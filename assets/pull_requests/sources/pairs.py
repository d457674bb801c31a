"""Pairs of files, `<owner>_<repo>_<n>.diff` and `<owner>_<repo>_<n>_comments.jsonl`: which pull request they are of."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from assets.pull_requests.bronze.places import GITHUB, Place

_NAME = re.compile(r"([A-Za-z0-9_.-]+)_([0-9]{1,18})(\.diff|_comments\.jsonl)")


class Pair(NamedTuple):
    """What the name of a file says: owner and repository joined by _, the number, and whether it is the diff."""

    name: str
    number: int
    is_diff: bool


def of_name(file_name: str) -> Pair | None:
    """Return what `file_name` says, None when it is not one of a pair."""
    found = _NAME.fullmatch(file_name)
    if found is None or not int(found[2]) or "_" not in found[1].strip("_"):
        return None
    return Pair(found[1], int(found[2]), found[3] == ".diff")


def resolve(pair: str, told: Counter[Place], known: Mapping[str, Iterable[Place]]) -> tuple[str, str, bool]:
    """Return (host, owner/name, whether that is certain) for the joined name `pair`.

    The repositories that the pair's own comments name (`told`, how often) decide; then those of all the other files that are joined to the
    same name (`known` by joined name in small letters). Else the name is cut at its first _, because an owner on GitHub has none: that
    is certain when it is the only one.
    """
    for places in (Counter({place: count for place, count in told.items() if joined(place) == pair.lower()}), told):
        if places:
            best = min(places, key=lambda place: (-places[place], place))
            return best.host, best.repository, True
    found = sorted({(place.host, place.repository) for place in known.get(pair.lower(), ())})
    if len({repository.lower() for _, repository in found}) == 1:
        return *found[0], True
    owner, _, name = pair.partition("_") if pair[0] != "_" else pair.rpartition("_")
    return GITHUB, f"{owner}/{name}", pair.count("_") == 1


def joined(place: Place) -> str:
    """Return the name that files of `place` have, in small letters."""
    return place.repository.replace("/", "_").lower()
