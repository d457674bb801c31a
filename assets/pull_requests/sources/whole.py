"""All of one pull request: the pull, its diff, commits, reviews, review comments, and the diffs of the commits that were reviewed."""

import re
from collections import Counter
from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

from assets.pull_requests.silver import bots
from assets.pull_requests.silver.bots import HumanSettings
from assets.pull_requests.sources import diff_files, facts, store
from assets.pull_requests.sources.api import Answer, Api, Refused
from assets.pull_requests.sources.github_settings import GithubSettings, is_wanted
from assets.pull_requests.sources.store import Known

_CHANGES = 3  # times that a pull request may change while it is fetched
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_MAX_COMMITS = 250  # docs.github.com, "List commits on a pull request"
_NO_DIFF = (404, 406, 422)  # not there, too large, not to be had between these commits
_ANYBODY = HumanSettings()
Note = tuple[str, str]  # rule, detail


async def fetch_whole(
    api: Api, connection: Connection, repository: str, known: Known, settings: GithubSettings, counts: Counter[str]
) -> None:
    """Fetch the pull request `known` and store it, whole. Raises Refused, RateLimited and GithubError; then nothing is stored.

    One that changes while it is fetched is fetched again; when it does not come to rest, it is stored and is due again next time.
    """
    path = f"repos/{repository}/pulls/{known.number}"
    first = await api.json(path)
    for change in range(_CHANGES):
        item = _facts(first, known.number, path)
        bundle, notes = await _bundle(api, repository, path, first.data, item, settings)
        last = await api.json(path, etag=first.etag)
        later = item if last.is_unchanged else _facts(last, known.number, path)
        if later["updated_at"] == item["updated_at"]:
            break
        counts["changed_meanwhile"] += 1
        if change < _CHANGES - 1:
            first = last
    newer = later["updated_at"] if later["updated_at"] != item["updated_at"] else None
    try:
        store.put(connection, repository, item, bundle, notes, newer)
    except RecursionError:
        raise Refused("broken_answer", 200, f"GET {path}: nested too deeply") from None
    counts["fetched" if bundle else "too_few_comments"] += 1


def _facts(answer: Answer, number: int, path: str) -> dict[str, Any]:
    item = facts.facts(answer.data)
    if item is None or item["number"] != number:
        raise Refused("broken_answer", 200, f"GET {path}: not the pull request that was asked for")
    comments = answer.data.get("review_comments")
    return item | ({"review_comments": comments} if isinstance(comments, int) else {})


async def _bundle(
    api: Api, repository: str, path: str, pull: dict[str, Any], item: dict[str, Any], settings: GithubSettings
) -> tuple[dict[str, Any] | None, list[Note]]:
    """Return (bundle, notes for the ledger); no bundle when there are too few comments, which `item` then says."""
    if not is_wanted(item, settings):  # the count says so, before anything else is asked for
        return None, []
    comments = await _all(api, f"{path}/comments")
    item["review_comments"] = sum(map(_is_human, comments))
    if not is_wanted(item, settings):
        return None, []
    reviews, commits = await _all(api, f"{path}/reviews"), await _all(api, f"{path}/commits")
    n_commits = pull.get("commits")
    notes = [("commits_cut", f"{len(commits)} of {n_commits}")] if isinstance(n_commits, int) and n_commits > len(commits) else []
    diff, noted = await _diff(api, path, settings)
    reviewed, left_out = await _reviewed(api, repository, pull, diff, commits, comments, settings)
    bundle = {
        "pull": pull,
        "diff": diff,
        "commits": commits,
        "reviews": _in_order(reviews),
        "review_comments": _in_order(comments),
        "reviewed": reviewed,
    }
    return bundle, notes + noted + left_out


async def _all(api: Api, path: str) -> list[Any]:
    """Return the entries of all pages, each once: one that is added meanwhile shifts others to the next page."""
    entries: dict[Any, Any] = {}
    async for page in api.pages(path):
        for entry in page.data:
            key = (entry.get("id") or entry.get("sha")) if isinstance(entry, dict) else None
            entries[key if isinstance(key, int | str) else ("no id", len(entries))] = entry
    return list(entries.values())


async def _diff(api: Api, path: str, settings: GithubSettings) -> tuple[str | None, list[Note]]:
    """Return (the diff, notes): where the host refuses to make one, of the patches of its files."""
    try:
        return await api.diff(path, settings.max_diff_bytes), []
    except Refused as refused:
        if refused.status == 200 and refused.rule == "too_large":
            return None, [("over_size", "diff")]
        if refused.status not in (200, *_NO_DIFF) and refused.status < 500:
            raise
    files = [file for file in await _all_files(api, path) if isinstance(file, dict)]
    diff, cut = diff_files.assemble(files)
    if len(diff.encode("utf-8", "replace")) > settings.max_diff_bytes:
        return None, [("over_size", "diff")]
    return diff, [("diff_of_files", f"{cut} of {len(files)} files without patch")]


async def _all_files(api: Api, path: str) -> list[Any]:
    return [file async for page in api.pages(f"{path}/files") for file in page.data]


async def _reviewed(
    api: Api,
    repository: str,
    pull: Mapping[str, Any],
    diff: str | None,
    commits: list[Any],
    comments: list[Any],
    settings: GithubSettings,
) -> tuple[list[dict[str, Any]], list[Note]]:
    """Return (the diffs of the most commented commits, as they were reviewed, by SHA; notes)."""
    base, head = _sha(pull.get("base")), _sha(pull.get("head"))
    asked = Counter(comment.get("original_commit_id") for comment in comments if isinstance(comment, dict))
    shas = sorted((sha for sha in asked if isinstance(sha, str) and _SHA.fullmatch(sha)), key=lambda sha: (-asked[sha], sha))
    listed = {commit.get("sha") for commit in commits if isinstance(commit, dict)}
    found: list[dict[str, Any]] = []
    for sha in sorted(shas[: settings.max_reviewed_commits]):
        if sha == head and diff is not None:
            found.append({"commit": sha, "diff": diff, "follow_up": "", "problem": None})
            continue
        before, problem = await _compared(api, repository, base, sha, settings)
        follow_up = None
        # GitHub compares with the merge base: of a commit that was pushed away, that would be all of the pull request.
        if head and problem != "gone" and (sha in listed or len(commits) >= _MAX_COMMITS):
            follow_up, _ = await _compared(api, repository, sha, head, settings)
        found.append({"commit": sha, "diff": before, "follow_up": follow_up, "problem": problem})
    notes = [(f"reviewed_{item['problem']}", str(item["commit"])) for item in found if item["problem"]]
    if len(shas) > len(found):
        notes.append(("reviewed_cut", f"{len(found)} of {len(shas)} commits"))
    return found, notes


async def _compared(api: Api, repository: str, start: str | None, end: str, settings: GithubSettings) -> tuple[str | None, str | None]:
    """Return (the diff from the merge base of `start` and `end` to `end`, what is wrong with it)."""
    if start is None:
        return None, "unavailable"
    if start == end:
        return "", None
    path = f"repos/{repository}/compare/{start}...{end}"
    try:
        try:
            return await api.diff(path, settings.max_diff_bytes), None
        except Refused as refused:
            if refused.status != 406:
                raise
        files = [file for file in (await api.json(path)).data.get("files") or [] if isinstance(file, dict)]
        diff, _ = diff_files.assemble(files)
        return (diff, None) if files and len(diff) <= settings.max_diff_bytes else (None, "too_large")
    except Refused as refused:
        return None, _problem(refused)


def _problem(refused: Refused) -> str:
    """Return what a refusal means for one comparison; raise it when it means the host, or our rights."""
    if refused.rule == "too_large":
        return "too_large"
    if refused.status == 404:
        return "gone"
    if refused.status in (200, *_NO_DIFF) or refused.status >= 500:
        return "unavailable"
    raise refused


def _sha(end: Any) -> str | None:
    sha = end.get("sha") if isinstance(end, dict) else None
    return sha if isinstance(sha, str) and _SHA.fullmatch(sha) else None


def _is_human(comment: Any) -> bool:
    """Tell whether a person wrote `comment`, by the evidence that silver goes by.

    The profile's own lists of bots and people are not known here: who is on them is told apart in silver only.
    """
    if not isinstance(comment, dict):
        return True
    user = comment["user"] if isinstance(comment.get("user"), dict) else {}
    login, kind, body = (value if isinstance(value, str) else None for value in (user.get("login"), user.get("type"), comment.get("body")))
    return bots.evidence(login, kind, body or "", _ANYBODY) is None


def _in_order(entries: list[Any]) -> list[Any]:
    """Return `entries` by id: the order in which a host lists them says nothing."""
    return sorted(entries, key=_id)


def _id(entry: Any) -> int:
    found = entry.get("id") if isinstance(entry, dict) else None
    return found if isinstance(found, int) else 0
