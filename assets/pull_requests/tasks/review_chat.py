"""Turn review tasks into chats: a diff whose lines have numbers, a question, and an answer that a program can read.

The lines are shown as in `hunks.numbered`: `12 kept`, `13+added`, `L13-removed`. The answers: whether a comment is needed, and where, in
the form of `assets.model.locations`; a comment as it was written; new code as a suggestion block, which can be posted as it is.
"""

import re
from typing import Any, Literal

import polars as pl
from pydantic import BaseModel, Field

from assets.corpus import chat
from assets.model import locations
from assets.pull_requests.tasks import hunks

SOURCES = {"needs_comment": locations.SOURCE, "comment": "review_comment", "refine": "review_refine"}
_TICKS = re.compile(r"`{3,}")


class ReviewChatSettings(BaseModel, frozen=True, extra="forbid"):
    """How a review task becomes a chat."""

    system_prompt: str = Field(
        "You review changes to code. Diff lines begin with their number, then + if added; L marks old numbers of removed lines.",
        min_length=1,
        description="never empty: chat templates put one of their own in the place of a missing one",
    )
    group_by: Literal["pull_request", "repository"] = Field(
        "pull_request", description="what stays in one split; a repository together with its code"
    )


def to_review_chat(tasks: pl.DataFrame, settings: ReviewChatSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return a chat (system, user, assistant) for each row of review_tasks, and a ledger row for each with an escaped `control_token`."""
    group = {"pull_request": pl.format("pull_request:{}", "group_id"), "repository": pl.format("repository:{}", "repository")}
    said = [(asked(task), answered(task)) for task in tasks.iter_rows(named=True)]
    turns = tasks.select(
        "id", "language", "license",
        pl.Series("question", [question for question, _ in said], dtype=pl.String),
        pl.Series("answer", [answer for _, answer in said], dtype=pl.String),
        dialogue="id",
        turn=pl.lit(0),
        system=pl.lit(chat.escape_control_tokens(settings.system_prompt)),
        source=pl.col("task").replace_strict(SOURCES, return_dtype=pl.String),
        slice=pl.lit(None, pl.String),
        group_keys=pl.concat_list(group[settings.group_by]),
    )  # fmt: skip
    return chat.as_chats(turns)


def asked(task: dict[str, Any]) -> str:
    """Return what the user says: the file's path, the numbered lines of the hunk, and what is wanted of them."""
    return f"{task['path']}\n{hunks.numbered(task['hunk'])}\n\n{_request(task)}"


def _request(task: dict[str, Any]) -> str:
    if task["task"] == "needs_comment":
        return 'Which lines need a review comment? Answer "no", or for example "yes: 7-9, L4".'
    place = _lines(task["start_line"], task["end_line"], "L" * (task["side"] == "LEFT"))
    if task["task"] == "comment":
        return f"Write the review comment on {place}."
    return f"Review comment on {place}:\n{task['comment']}\n\nRewrite {_lines(task['target_start_line'], task['target_end_line'])}."


def _lines(start: int, end: int, mark: str = "") -> str:
    return f"line {mark}{end}" if start == end else f"lines {mark}{start}-{end}"


def answered(task: dict[str, Any]) -> str:
    """Return what the assistant says."""
    return suggestion_block(task["target"]) if task["task"] == "refine" else str(task["target"])


def suggestion_block(code: str) -> str:
    """Return `code` as a suggestion block, in a fence that is longer than every one in it."""
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in _TICKS.findall(code))])
    return f"{fence}suggestion\n{code}\n{fence}"
