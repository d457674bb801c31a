"""Alignment on real pull requests, whose final diff is at hand, but no diff of the commits that were reviewed."""

import collections
import json
from pathlib import Path
from typing import Any

import pytest

from assets.pull_requests.diffs import patches
from assets.pull_requests.diffs.alignment import Comment, Located, Refused, locate

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "github" / "git-client-plugin-reviews"


def records() -> list[tuple[str, dict[str, Any]]]:
    """Return each comment with the diff of its pull request."""
    found = []
    for path in sorted(FOLDER.glob("*_comments.jsonl")):
        diff = path.with_name(path.name.replace("_comments.jsonl", ".diff")).read_bytes().decode("utf-8", "replace")
        found += [(diff, json.loads(line)) for line in path.read_text(encoding="utf-8").split("\n") if line]
    return found


def walked(excerpt: str) -> tuple[str, str, int]:
    """Walk an excerpt from its header to its last line, by other code: return that line's type, text and number."""
    header, *rows = excerpt.split("\n")
    numbers = [int(part[1:].split(",")[0]) - (not part.endswith(",0")) for part in header.split(" ")[1:3]]
    for row in rows:
        numbers = [numbers[0] + (row[0] in " -"), numbers[1] + (row[0] in " +")]
    return rows[-1][0], rows[-1][1:], numbers[0 if rows[-1][0] == "-" else 1]


@pytest.mark.skipif(not FOLDER.exists(), reason="needs the shared data")
def test_every_comment_is_proven_or_refused_and_none_is_wrong() -> None:
    counts: collections.Counter[str] = collections.Counter()
    for diff, record in records():
        found = locate(Comment(**{name: record.get(name) for name in Comment._fields}), None, patches.parse(diff), None)
        in_diff = f"\n+++ b/{record['path']}\n" in diff or f"\n--- a/{record['path']}\n" in diff
        counts[f"{in_diff} {'proven' if isinstance(found, Located) else found.reason}"] += 1
        if isinstance(found, Refused):
            continue
        kind, text, number = walked(record["diff_hunk"])
        assert (found.kind, found.text, found.line, found.side) == (kind, text, number, "LEFT" if kind == "-" else "RIGHT"), record["id"]
        if record["position"] is not None:
            below = diff[diff.index(f"\n+++ b/{record['path']}\n") :].split("\n@@ ", 1)[1].split("\n")
            assert below[record["position"]] == kind + text, record["id"]
            assert found.method in ("position", "original_position")
    assert counts.total() == 310
    assert counts["False file_not_in_diff"] == 14
    assert counts["True proven"] >= 0.95 * (counts.total() - 14)
