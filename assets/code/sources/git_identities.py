"""Whose commits they are: the authors of commits and the people that a commit names as its co-authors, as git writes them.

A committer who is not the author only took the change in. Names are spelled `Name <address>`; a repository's .mailmap says which of
them are one person.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import polars as pl

from assets.code import authors
from assets.code.sources.git_command import GitError, run
from assets.code.sources.git_mirror import GitRevision

FIELDS = "%H%x00%an%x00%ae%x00%B%x00"  # for --format: what `commits_by` reads
_N_FIELDS = 4
_CO_AUTHOR = re.compile(rb"^[ \t]*co-(?:authored|developed)-by[ \t]*:([^<>\n]*)(?:<([^<>\n]*)>)?", re.IGNORECASE | re.MULTILINE)
_BATCH = 20_000  # commits whose identities are looked at together


class _Commit(NamedTuple):
    sha: bytes
    identities: list[bytes]


def commits_by(people: Sequence[str], fields: Iterator[bytes], newest: GitRevision, timeout_s: float) -> Iterator[tuple[int, set[bytes]]]:
    """Yield (number of commits, SHAs of those by `people`) for each batch of commits, whose FIELDS are `fields`.

    `newest` is the revision whose .mailmap holds. Raises GitError, which names nobody.
    """
    wanted = (*people, *_other_addresses(people, newest, timeout_s))
    commits = _commits(fields)
    while batch := list(islice(commits, _BATCH)):
        spelled = sorted({identity for commit in batch for identity in commit.identities})
        theirs = _are_listed(spelled, wanted) | _are_listed(_mapped(spelled, newest, timeout_s), wanted)
        listed = {identity for identity, is_listed in zip(spelled, theirs, strict=True) if is_listed}
        yield len(batch), {commit.sha for commit in batch if not listed.isdisjoint(commit.identities)}


def _commits(fields: Iterator[bytes]) -> Iterator[_Commit]:
    for sha, name, address, message in zip(*[fields] * _N_FIELDS, strict=False):  # a git that was killed stops in the middle
        others = [_identity(*found) for found in _CO_AUTHOR.findall(message)]
        yield _Commit(sha.strip(), [_identity(name, address), *others])


def _identity(name: bytes, address: bytes) -> bytes:
    """Return `Name <address>`, on one line and with no other angle brackets."""
    return b"%b <%b>" % (name.translate(None, b"<>\r\n").strip(), address.translate(None, b"<>\r\n").strip())


def _are_listed(identities: Iterable[bytes], people: tuple[str, ...]) -> pl.Series:
    return authors.are_listed(pl.Series([_decode(identity) for identity in identities], dtype=pl.String), people)


def _decode(identity: bytes) -> str:
    try:
        return identity.decode()
    except UnicodeDecodeError:
        return identity.decode("cp1252", "replace")


def _other_addresses(people: Sequence[str], newest: GitRevision, timeout_s: float) -> list[str]:
    """Return the addresses that the .mailmap gives the listed ones: other aliases of the same person lead to them."""
    known = authors.addresses(people)
    mapped = _mapped([f"<{address}>".encode() for address in known], newest, timeout_s)
    return [_decode(identity).rpartition("<")[2].removesuffix(">") for identity in mapped]


def _mapped(identities: Sequence[bytes], newest: GitRevision, timeout_s: float) -> list[bytes]:
    """Return `identities` as the .mailmap of the commit `newest` spells them. git's own words are kept back: they may quote a name."""
    if not identities:
        return []
    options = ["-c", f"mailmap.blob={newest.revision}:.mailmap", "-c", "mailmap.file="]
    try:
        given = b"".join(identity + b"\n" for identity in identities)
        answer = run(newest.mirror, [*options, "check-mailmap", "--stdin"], newest.repository, timeout_s, given)
    except GitError:
        raise GitError(f"git source {newest.repository}: git check-mailmap failed") from None
    mapped = answer.output.split(b"\n")[:-1]
    if "mailmap" in answer.messages or len(mapped) != len(identities):  # a .mailmap that is too large to be fetched
        raise GitError(f"git source {newest.repository}: its .mailmap cannot be read")
    return mapped
