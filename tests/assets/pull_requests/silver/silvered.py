"""What several of these tests share."""

from typing import Any

import polars as pl

from assets.pull_requests.bronze.payloads import Bundle, PayloadSettings, rows
from assets.pull_requests.silver import bots, people, redacting, repeats, validity
from assets.pull_requests.silver.comments import AlignSettings, align_comments
from assets.redaction.redaction import RedactionSettings

HOST, REPOSITORY = "https://github.com", "example/project"


SHA, HEAD = "a" * 40, "b" * 40


HUNK = ["@@ -10,3 +10,4 @@ class A {", " one", "-two", "+2", "+3", " three"]


LINES = {
    1: (10, "RIGHT", "context"),
    2: (11, "LEFT", "removed"),
    3: (11, "RIGHT", "added"),
    4: (12, "RIGHT", "added"),
    5: (13, "RIGHT", "context"),
}


DIFF = "\n".join(["diff --git a/src/A.java b/src/A.java", "--- a/src/A.java", "+++ b/src/A.java", *HUNK, ""])


def comment(number: int, at: int = 4, body: str = "Please name this constant.", **fields: Any) -> dict[str, Any]:
    line, side, _ = LINES[at]
    return {
        "id": number,
        "user": {"login": "reviewer-1", "type": "User"},
        "body": body,
        "path": "src/A.java",
        "diff_hunk": "\n".join(HUNK[: at + 1]),
        "original_commit_id": SHA,
        "original_line": line,
        "side": side,
        "original_position": at,
        "created_at": f"2024-01-01T00:00:{number % 60:02d}Z",
        "html_url": f"{HOST}/{REPOSITORY}/pull/1#discussion_r{number}",
    } | fields


def bundle(number: int, comments: list[dict[str, Any]], **parts: Any) -> Bundle:
    pull = {
        "number": number,
        "user": {"login": "author-2", "type": "User"},
        "created_at": "2023-12-31T00:00:00Z",
        "base": {"sha": "c" * 40, "repo": {"license": {"spdx_id": "MIT"}}},
        "head": {"sha": HEAD},
    }
    for item in comments:
        item["html_url"] = f"{HOST}/{REPOSITORY}/pull/{number}#discussion_r{item['id']}"
    content = {"pull": pull, "diff": DIFF, "review_comments": comments, "reviewed": [{"commit": SHA, "diff": DIFF}]} | parts
    return Bundle("api", HOST, REPOSITORY, number, content)


def bronze(*bundles: Bundle) -> pl.DataFrame:
    return rows(bundles, PayloadSettings())[0]


def silver(*shards: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Run all stages over `shards`, as the asset does."""
    made, ledgers = [], []
    for kept in shards:
        for stage, chosen in (
            (align_comments, AlignSettings()),
            (bots.keep_human, bots.HumanSettings()),
            (people.pseudonymise, people.PeopleSettings()),
            (redacting.redact_comments, RedactionSettings()),
            (validity.label, validity.ValiditySettings()),
        ):
            kept, ledger = stage(kept, chosen)
            ledgers.append(ledger)
        made.append(kept)
    chosen = repeats.RepeatSettings()
    decisions = repeats.repeats(pl.concat(repeats.narrow(kept, chosen)[0] for kept in made), chosen)
    last = [repeats.drop_repeats(kept, chosen, decisions) for kept in made]
    return pl.concat(kept for kept, _ in last), pl.concat([*ledgers, *(ledger for _, ledger in last)])
