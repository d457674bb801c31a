"""What the refs of a repository name at this moment, as its host says."""

import re
from typing import NamedTuple

from assets.code.sources.git_command import REMOTE, GitError, Remote, run
from assets.code.sources.git_source import GitSource

SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Wanted(NamedTuple):
    """What a ref names: an object that the host hands out (a commit or an annotated tag) and the commit that it leads to."""

    name: str
    fetched: str
    commit: str


def ask(source: GitSource, remote: Remote) -> list[Wanted]:
    """Return what the refs of `source` name now, [] for an empty repository."""
    if source.branches == "heads":
        found = _ls_remote(source, remote, "HEAD", "refs/heads/*")
        heads = [Wanted(name, sha, sha) for name, sha in sorted(found.items()) if name.startswith("refs/heads/")]
        return sorted(heads, key=lambda head: head.commit != found.get("HEAD"))
    found = _ls_remote(source, remote, source.ref, f"{source.ref}^{{}}")
    for name in (source.ref, f"refs/{source.ref}", f"refs/tags/{source.ref}", f"refs/heads/{source.ref}"):  # git's own order
        if name in found:
            return [Wanted(name, found[name], found.get(f"{name}^{{}}", found[name]))]
    refs = _ls_remote(source, remote)
    if not refs:
        return []
    names = ", ".join(sorted(name for name in refs if name.startswith(("refs/heads/", "refs/tags/")) and "^" not in name)[:10])
    raise GitError(f"git source {source.repository}: it has no ref {source.ref!r}; it has {names or 'no branch and no tag'}")


def _ls_remote(source: GitSource, remote: Remote, *patterns: str) -> dict[str, str]:
    timeout_s = min(source.timeout_s, remote.silence_s)
    output = run(None, ["ls-remote", REMOTE, *patterns], source.repository, timeout_s, remote=remote).output
    lines = (line.split("\t", 1) for line in output.decode("utf-8", "backslashreplace").split("\n") if "\t" in line)
    return {name: sha for sha, name in lines if SHA.fullmatch(sha)}
