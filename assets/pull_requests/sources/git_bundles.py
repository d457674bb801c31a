"""What git tells about pull requests, put together with what files tell: the reading side of `git_refs`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from assets.code.sources.git_command import GitError, GitTimeoutError
from assets.pull_requests.sources import file_parts, git_diffs, pull_mirror
from assets.pull_requests.sources.file_parts import Read
from assets.pull_requests.sources.git_diffs import Diff
from assets.pull_requests.sources.git_history import ancestry, beginning, merge_base

_BATCH = 64  # pull requests that share a process of git
_LISTED_COMMITS = 250  # as many as GitHub's API lists of a pull request


class Located(BaseModel, frozen=True, extra="forbid"):
    """Where a pull request is: its commits in a mirror, the reviewed ones among them, and its parts in files."""

    mirror: str
    repository: str  # as messages name it, without credentials
    head_sha: str
    base_sha: str | None
    reviewed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()  # reviewed commits that nobody has
    files: str | None = None  # location and digest in the listing of files
    files_digest: str | None = None


class _Wanted(NamedTuple):
    """A diff that is wanted: of which commit ("" for the pull request), what it is, and between which trees; None: it cannot be made."""

    sha: str
    name: str
    trees: tuple[str, str] | None


def read(entries: Sequence[tuple[str, str]], max_diff_bytes: int, timeout_s: float) -> Iterator[Read]:
    """Yield what is at each of `entries` ((location, digest) of a listing), in their order. Raises GitError."""
    places = [Located.model_validate_json(location) for location, _ in entries]
    start = 0
    for end in range(1, len(places) + 1):
        if end == len(places) or end - start == _BATCH or places[end].mirror != places[start].mirror:
            yield from _read_batch(places[start:end], max_diff_bytes, timeout_s)
            start = end


def _read_batch(places: Sequence[Located], max_diff_bytes: int, timeout_s: float) -> Iterator[Read]:
    """Yield the bundles of `places`, which are of one mirror."""
    mirror, repository = Path(places[0].mirror), places[0].repository
    commits = [_commits(place, timeout_s) for place in places]
    starts = [_starts(place, listed, timeout_s) for place, listed in zip(places, commits, strict=True)]
    shas = {sha for start in starts for pair in start.items() for sha in pair if sha}
    trees = pull_mirror.held(mirror, sorted(shas), repository, timeout_s)
    wanted = [_wanted(place, start, trees) for place, start in zip(places, starts, strict=True)]
    pairs = [want.trees for wants in wanted for want in wants if want.trees]
    made = git_diffs.diffs(mirror, pairs, max_diff_bytes, repository, timeout_s)
    told = file_parts.read([(place.files, place.files_digest or "") for place in places if place.files], max_diff_bytes)
    for place, listed, wants in zip(places, commits, wanted, strict=True):
        diffs = [(want, next(made) if want.trees else Diff(None, 0, "unavailable")) for want in wants]
        more = next(told) if place.files else Read({"pull": None})
        yield Read(None, "unreadable") if listed is None else _put_together(place, listed, diffs, more)


def _commits(place: Located, timeout_s: float) -> list[dict[str, Any]] | None:
    """Return the commits of the pull request and of all that was reviewed, without those of the target branch, oldest first.

    None when one of them is damaged. Raises GitError when the mirror is.
    """
    if not place.base_sha:
        return []
    try:
        return git_diffs.commits(Path(place.mirror), place.base_sha, (place.head_sha, *place.reviewed), place.repository, timeout_s)
    except GitTimeoutError:
        raise
    except GitError:
        if not (Path(place.mirror) / "objects").is_dir():
            raise
        return None


def _starts(place: Located, commits: Sequence[dict[str, Any]] | None, timeout_s: float) -> dict[str, str | None]:
    """Return for the head and each reviewed commit where its diff begins: where it left the target branch."""
    shas = (place.head_sha, *place.reviewed)
    if not place.base_sha or commits is None:
        return dict.fromkeys(shas)
    known = _parents(commits) if len(commits) < git_diffs.MAX_COMMITS else None
    told = {sha: beginning(sha, known) if known is not None else None for sha in shas}
    mirror, base = Path(place.mirror), place.base_sha
    return {sha: start or merge_base(mirror, base, sha, place.repository, timeout_s) for sha, start in told.items()}


def _parents(commits: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    return {commit["sha"]: [parent["sha"] for parent in commit["parents"]] for commit in commits}


def _wanted(place: Located, starts: dict[str, str | None], trees: dict[str, str]) -> list[_Wanted]:
    head = place.head_sha
    commits = [("", "diff", starts[head], head)]
    for sha in place.reviewed:
        commits += [(sha, "diff", starts[sha], sha), (sha, "follow_up", sha, head)]
    return [
        _Wanted(sha, name, (trees[one], trees[other]) if one in trees and other in trees else None) for sha, name, one, other in commits
    ]


def _put_together(place: Located, commits: list[dict[str, Any]], made: Sequence[tuple[_Wanted, Diff]], told: Read) -> Read:
    """Return what git and files tell; of what both have, diffs and commits are git's, because they belong to its head."""
    if told.content is None:
        return told
    reviewed: dict[str, dict[str, Any]] = {sha: {"commit": sha, "problem": "gone"} for sha in place.gone}
    for want, diff in made[1:]:
        item = reviewed.setdefault(want.sha, {"commit": want.sha})
        item |= {want.name: diff.text} | ({"problem": diff.problem} if want.name == "diff" else {})
    mine: dict[str, Any] = {"head_sha": place.head_sha, "reviewed": [reviewed[sha] for sha in sorted(reviewed)]}
    if place.base_sha:
        own, _ = ancestry(place.head_sha, _parents(commits))
        listed = [commit for commit in commits if commit["sha"] in own][-_LISTED_COMMITS:]
        mine |= {"base_sha": place.base_sha, "diff": made[0][1].text, "commits": listed}
    names = (f"reviewed {want.sha} {want.name}" if want.sha else "diff" for want, _ in made)
    too_large = [(name, diff.n_bytes) for name, (_, diff) in zip(names, made, strict=True) if diff.problem == "too_large"]
    return Read(told.content | mine, None, (*(() if place.base_sha else told.left_out), *too_large))
