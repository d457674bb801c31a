"""Threads: which comment a reply belongs to.

GitHub lets every reply name the first comment of its thread; older records name the comment before, so chains are followed.
"""

from collections.abc import Mapping


def roots(replies: Mapping[int, int | None]) -> dict[int, int]:
    """Return the first comment of the thread of each comment in `replies` (comment id: id of the one that it answers, or None).

    A parent that is not in `replies` (it was deleted) is the root of all that lead to it, so that its replies stay together. A comment
    that answers itself answers nothing. In a cycle the smallest id is the root.
    """
    found: dict[int, int] = {}
    for comment in replies:
        path: list[int] = []
        on_path: set[int] = set()
        at = comment
        while at not in found and at not in on_path and replies.get(at) is not None:
            path.append(at)
            on_path.add(at)
            at = replies[at]  # type: ignore[assignment]
        root = found.get(at, at)
        if at in on_path:
            root = min(path[path.index(at) :])
        found.update(dict.fromkeys(path, root))
        found.setdefault(at, root)
    return {comment: found[comment] for comment in replies}


def parents(replies: Mapping[int, int | None]) -> dict[int, int | None]:
    """Return the comment that each one answers, None for the root of a thread (also for that of a cycle)."""
    first = roots(replies)
    return {comment: None if first[comment] == comment else parent for comment, parent in replies.items()}
