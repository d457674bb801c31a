"""Software Heritage ids (SWHID, ISO/IEC 18670): made of contents and URLs, and read from people."""

import hashlib
import re

_SWHID = re.compile(r"swh:1:(cnt|rev|ori|dir|rel|snp):[0-9a-f]{40}(;.*)?", re.DOTALL)


def git_sha1(data: bytes) -> str:
    """Return the name that git and Software Heritage give to the content `data`: SHA-1 of a header and the bytes."""
    sha1 = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    sha1.update(data)
    return sha1.hexdigest()


def of_content(data: bytes) -> str:
    """Return the id of the content `data`."""
    return f"swh:1:cnt:{git_sha1(data)}"


def of_origins(repository: str) -> set[str]:
    """Return the ids that the URL `repository` may have as an origin: as it is, with and without .git or a / at its end."""
    plain = repository.rstrip("/").removesuffix(".git")
    spellings = (repository, plain, f"{plain}.git", f"{plain}/")
    return {f"swh:1:ori:{hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()}" for text in spellings}


def kind_of(swhid: str) -> str | None:
    """Return cnt, rev, ori, dir, rel or snp; None for what is no SWHID."""
    return found[1] if (found := _SWHID.fullmatch(swhid)) else None


def core(swhid: str) -> str:
    """Return `swhid` without its qualifiers."""
    return swhid.split(";")[0]
