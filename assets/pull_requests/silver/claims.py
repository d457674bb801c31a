"""What must hold in silver_review_comments, found out from its rows alone, by other code than that which made them.

The stages keep what breaks a claim, as the engine wants it.
"""

import re
from typing import Any

import polars as pl

from assets import ledger
from assets.pull_requests.silver.annotations import ANNOTATIONS

_NUMBERS = re.compile(r"@@ -(\d{1,10})(?:,\d+)? \+(\d{1,10})(?:,\d+)? @@")
_SIGNS = {"added": "+", "removed": "-", "context": " "}


def not_on_their_line(comments: pl.DataFrame, settings: None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of the rows whose diff_hunk does not end on their line, side and kind; an empty ledger).

    The hunk is counted through from its header; a range that begins in it has to begin on a line that is there.
    """
    columns = ("id", "diff_hunk", "line", "side", "line_kind", "start_line", "start_side")
    return _ids([row["id"] for row in comments.select(*columns).iter_rows(named=True) if not _sits(row)])


def _sits(row: dict[str, Any]) -> bool:
    head, *lines = row["diff_hunk"].split("\n")
    numbers = _NUMBERS.match(head)
    if numbers is None or not lines:
        return False
    before, after = int(numbers[1]), int(numbers[2])
    seen, last = set(), ("", 0, 0)
    for text in lines:
        sign = text[:1] if text[:1] in ("+", "-", "\\") else " "
        if sign == "\\":
            continue
        last = (sign, before, after)
        if sign != "+":
            seen.add(("LEFT", before))
            before += 1
        if sign != "-":
            seen.add(("RIGHT", after))
            after += 1
    return _ends_there(last, row["line"], row["side"], row["line_kind"]) and _begins_there(seen, row)


def _ends_there(last: tuple[str, int, int], line: int, side: str, line_kind: str) -> bool:
    sign, before, after = last
    number = before if side == "LEFT" else after
    return sign == _SIGNS[line_kind] and number == line and not (sign == "+" and side == "LEFT") and not (sign == "-" and side == "RIGHT")


def _begins_there(seen: set[tuple[str, int]], row: dict[str, Any]) -> bool:
    """A hunk is an excerpt: a range may begin above it, but on the other side only in it."""
    side = row["start_side"] or row["side"]
    first = (side, row["start_line"])
    return row["start_line"] is None or first in seen or (side == row["side"] and row["start_line"] <= row["line"])


def unthreaded(comments: pl.DataFrame, settings: None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of the rows whose thread is not told consistently; an empty ledger).

    What answers nothing is its own thread; a reply is not, and is in the thread and the pull request of what it answers, if that is here
    too. Threads do not cross shards: a pull request is in one.
    """
    answered = comments.select(in_reply_to="id", parent_thread="thread_id", parent_pull="parent_ids")
    joined = comments.join(answered, on="in_reply_to", how="left", maintain_order="left")
    opens = pl.col("in_reply_to").is_null()
    own = pl.col("thread_id") == pl.col("id")
    same = (pl.col("parent_thread") == pl.col("thread_id")) & (pl.col("parent_pull") == pl.col("parent_ids"))
    astray = pl.col("parent_thread").is_not_null() & ~same
    return _ids(joined.filter((opens != own) | astray)["id"].to_list())


def names_left(comments: pl.DataFrame, settings: None, bronze: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id of the rows that name an account of their pull request; an empty ledger). `bronze` are the rows they were made from.

    Looked for are the logins of the pull request's author, reviewers and commenters: as author, and in the body after an @ or as the
    owner in a URL, unless the account owns the repository.
    """
    said = pl.concat([bronze.select("id", login="author"), *(_logins(bronze, column) for column in ("reviews", "review_comments"))])
    known = said.drop_nulls().with_columns(pl.col("login").str.to_lowercase()).group_by("id").agg(pl.col("login").unique().sort())
    rows = comments.select("id", "author", "body", "repository", bronze=pl.col("parent_ids").list.first())
    joined = rows.join(known, left_on="bronze", right_on="id", how="left", maintain_order="left")
    return _ids([row["id"] for row in joined.iter_rows(named=True) if _names(row)])


def _logins(bronze: pl.DataFrame, column: str) -> pl.DataFrame:
    return bronze.select("id", login=pl.col(column).list.eval(pl.element().struct.field("author"))).explode("login")


def _names(row: dict[str, Any]) -> bool:
    logins = [login for login in row["login"] or () if login not in ANNOTATIONS]  # @override in code is nobody
    if re.fullmatch("reviewer_[0-9a-f]{8}", row["author"]) is None:
        return True
    owner = row["repository"].split("/")[0].lower()
    return any(_mentions(row["body"].lower(), login, login == owner) for login in logins)


def _mentions(body: str, login: str, is_owner: bool) -> bool:
    name = re.escape(login)
    if re.search(rf"(?<![a-z0-9_])@{name}(?![a-z0-9_]|-[a-z0-9])", body):
        return True
    return not is_owner and re.search(rf"://[^/\s]{{1,255}}/{name}(?![\w-])", body) is not None


def _ids(ids: list[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    return pl.DataFrame({"id": ids}, schema={"id": pl.String}), ledger.empty()
