"""Small pull requests, as rows of bronze_prs and silver_review_comments, made from the texts of files before and after."""

import difflib
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from assets import passport
from assets.pull_requests.bronze.payloads import SCHEMA as BRONZE
from assets.pull_requests.schema import ReviewTasks
from assets.pull_requests.tasks.making import ReviewTaskSettings, make_tasks

HOST, REPOSITORY, NUMBER = "https://forge.example", "owner/name", 7
SILVER = {
    **dict.fromkeys(
        ("id", "repository", "in_reply_to", "path", "side", "start_side", "original_commit_sha", "diff_hunk", "body"), pl.String
    ),
    **dict.fromkeys(("pull_number", "comment_id", "line", "start_line", "current_line"), pl.Int64),
    **{"parent_ids": pl.List(pl.String), "labels": pl.List(pl.String), "suggestion": pl.String, "by_pull_author": pl.Boolean},
    **{"is_valid": pl.Boolean, "created_at": pl.Datetime("us", "UTC")},
}


def sha(name: str) -> str:
    """The commit called `name`."""
    return hashlib.sha1(name.encode()).hexdigest()


def diff(old: dict[str, str], new: dict[str, str]) -> str:
    """What git writes for these files by path, renames apart."""
    return "".join(_file(path, old.get(path), new.get(path)) for path in sorted({*old, *new}) if old.get(path) != new.get(path))


def _file(path: str, old: str | None, new: str | None) -> str:
    kind = "new file mode 100644\n" if old is None else "deleted file mode 100644\n" if new is None else ""
    names = f"--- {'/dev/null' if old is None else 'a/' + path}\n+++ {'/dev/null' if new is None else 'b/' + path}\n"
    return f"diff --git a/{path} b/{path}\n{kind}index 0000000..1111111 100644\n{names}{hunks(old or '', new or '')}"


def hunks(old: str, new: str) -> str:
    """The hunks from `old` to `new` with three lines of context."""
    before, after = (text.split("\n") if text else [""] for text in (old, new))
    rows = difflib.unified_diff(*([line + "\n" for line in lines[:-1]] + [lines[-1]] * bool(lines[-1]) for lines in (before, after)))
    shown = [row if row.endswith("\n") else row + "\n\\ No newline at end of file\n" for row in list(rows)[2:]]
    return "".join(row.replace(" @@\n", " @@ section\n") if row.startswith("@@") else row for row in shown)


class Pull:
    """A pull request while it is made up: add comments, then ask for its frames or its tasks."""

    def __init__(self, diff: str | None = None, reviewed: dict[str, tuple[str | None, str | None]] | None = None, **values: Any) -> None:
        self.comments: list[dict[str, Any]] = []
        self.silver: list[dict[str, Any]] = []
        self.values = {
            "host": HOST,
            "repository": REPOSITORY,
            "pull_number": NUMBER,
            "diff": diff,
            "head_sha": sha("head"),
            "license": "MIT",
        }
        self.values |= {"parent_ids": [], "base_sha": sha("base")} | values
        self.id = passport.row_id("bronze_prs", HOST, self.values["repository"], str(self.values["pull_number"]))
        self.values["id"] = self.id
        states = (reviewed or {}).items()
        self.values["reviewed"] = [
            {"commit_sha": sha(name), "diff": seen, "follow_up": after, "problem": None}
            for name, (seen, after) in sorted(states, key=lambda s: sha(s[0]))
        ]

    def comment(self, path: str, line: int, hunk: str, body: str = "Please rename this.", at: str = "one", **values: Any) -> str:
        """Add a proven comment at the end of `hunk` (the excerpt) and return its silver id; values of silver may be given."""
        number = len(self.comments) + 1
        silver_id = passport.row_id(
            "silver_review_comments", HOST, str(self.values["repository"]), f"{self.values['pull_number']}/{number}"
        )
        self.fetched(path, hunk, at)
        made = {
            "id": silver_id,
            "parent_ids": [self.id],
            "comment_id": number,
            "path": path,
            "line": line,
            "side": "RIGHT",
            "diff_hunk": hunk,
        }
        made |= {"original_commit_sha": sha(at), "body": body, "labels": ["requests_a_change"], "is_valid": True, "by_pull_author": False}
        made |= {name: self.values[name] for name in ("repository", "pull_number")}
        self.silver.append(made | {"created_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number)} | values)
        return silver_id

    def fetched(self, path: str | None, hunk: str | None, at: str = "one") -> None:
        """Add a comment that was fetched and is not in silver."""
        comment = {"id": len(self.comments) + 1, "path": path, "diff_hunk": hunk, "original_commit_id": sha(at)}
        self.comments.append({field.name: comment.get(field.name) for field in BRONZE["review_comments"].inner.fields})

    def frames(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The row of bronze_prs and those of silver_review_comments (the columns that tasks are made from)."""
        row = dict.fromkeys(BRONZE) | self.values | {"review_comments": self.comments}
        return pl.DataFrame([row], schema=BRONZE), pl.DataFrame(self.silver, schema=SILVER)

    def tasks(self, **settings: Any) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
        """The tasks, and (first word of the detail, rule) of each ledger row."""
        bronze, silver = self.frames()
        tasks, ledger = make_tasks(bronze, ReviewTaskSettings(**settings), silver)
        ReviewTasks.validate(tasks, lazy=True)
        assert tasks.columns == list(ReviewTasks.to_schema().columns)
        return tasks.to_dicts(), [(row["detail"].split()[0], row["rule"]) for row in ledger.iter_rows(named=True)]


def places(diff: str, path: str) -> list[tuple[str, int, str]]:
    """Side, number and excerpt of every line of `path` that can be commented on, by walking the text of `diff`."""
    found, header, body, old, new = [], "", [], 0, 0
    for row in diff.split(f"+++ b/{path}\n")[1].split("\ndiff --git")[0].split("\n"):
        if row.startswith("@@"):
            header, body = row, []
            old, new = (int(part[1:].split(",")[0]) - (part.endswith(",0") is False) for part in row.split()[1:3])
        elif row[:1] in ("+", "-", " "):
            body.append(row)
            old, new = old + (row[0] != "+"), new + (row[0] != "-")
            side = "LEFT" if row[0] == "-" else "RIGHT"
            found.append((side, old if side == "LEFT" else new, "\n".join([header, *body])))
    return found
