"""The demo's project, read from content/: project.yaml has the files it starts with, pulls-*.yaml its pull requests in order.

A pull request has `title, body, author, branch, end, labels, draft, after, forget` (see `plan.Pull`) and `steps`, each of them one of

    commit: message         with `edits`, `by`, `force: true` in place of what was pushed before
    merge_main: true
    review: login           with `state`, `body` and `remarks`: {path, at, until, side: LEFT, say, replies: [{login: text}]}
    say: text               with `by`

and an edit is {in: path, find: text, put: text}, {new: path, text: …} (or `hex`), {delete: path} or {rename: path, to: path}.
The login `deleted` stands for a user who is no more.
"""

from pathlib import Path
from typing import Any

from resources.forge.plan import Commit, Edit, Project, Pull, Push, Remark, Review, Say, Step

FOLDER = Path(__file__).with_name("content")
DELETED = "deleted"
Told = dict[str, Any]


def project() -> Project:
    """Return the written project."""
    base = _load(FOLDER / "project.yaml")
    files = {path: text.encode() for path, text in base["files"].items()}
    files |= {path: text.replace("\n", "\r\n").encode() for path, text in base["crlf_files"].items()}
    told = [pull for path in sorted(FOLDER.glob("pulls-*.yaml")) for pull in _load(path)]
    return Project(files, tuple(_pull(number, pull) for number, pull in enumerate(told, start=1)))


def _load(path: Path) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_bytes(), Loader=loader)


def _pull(number: int, told: Told) -> Pull:
    steps = tuple(_step(step) for step in told.pop("steps"))
    known = {name: told.pop(name) for name in ("title", "branch", "end", "draft", "after", "forget") if name in told}
    author, labels, body = _login(told.pop("author")), tuple(told.pop("labels", ())), told.pop("body", None)
    if told:
        raise ValueError(f"pull request {number}: not understood: {sorted(told)}")
    return Pull(number=number, steps=steps, author=author, labels=labels, body=body, **known)


def _step(told: Told) -> Step:
    if "commit" in told:
        commit = Commit(told["commit"], tuple(_edit(edit) for edit in told["edits"]), told.get("by"))
        return Push((commit,), force=told.get("force", False))
    if "merge_main" in told:
        return Push((), merge_main=True)
    if "say" in told:
        return Say(_login(told["by"]), told["say"])
    remarks = tuple(_remark(remark) for remark in told.get("remarks", ()))
    return Review(_login(told["review"]), remarks, told.get("state", "COMMENTED"), told.get("body", ""))


def _remark(told: Told) -> Remark:
    replies = tuple((_login(login), body) for reply in told.get("replies", ()) for login, body in reply.items())
    place = {name: told[name] for name in ("at", "until", "side") if name in told}
    return Remark(path=told["path"], body=told["say"], replies=replies, **place)


def _edit(told: Told) -> Edit:
    if "new" in told:
        return Edit(told["new"], content=bytes.fromhex(told["hex"]) if "hex" in told else told["text"].encode())
    if "delete" in told:
        return Edit(told["delete"], delete=True)
    if "rename" in told:
        return Edit(told["rename"], rename=told["to"])
    return Edit(told["in"], find=told["find"], replace=told["put"])


def _login(name: str) -> str | None:
    return None if name == DELETED else name
