"""Suggestion blocks: the code that a reviewer proposes in place of the lines that the comment is on.

The form is GitHub's: a fenced block whose info string begins with the word `suggestion`. An empty block deletes the lines.
"""

from collections.abc import Sequence
from typing import NamedTuple

from assets.pull_requests.silver import markdown

_WORD = "suggestion"


class Suggestion(NamedTuple):
    """The lines that replace those commented on, without line ends; none deletes them."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The lines, each closed by \\n: "" deletes, "\\n" leaves one empty line."""
        return "".join(f"{line}\n" for line in self.lines)


def parse(body: str) -> list[Suggestion]:
    """Return the suggestions of `body`, in order.

    A fence has three or more backticks or tildes and is closed by one of its kind that is at least as long: so a suggestion may hold
    fences. One that stands in a longer fence or a quotation is no suggestion; nor is one that is never closed, because nobody can tell
    where it was meant to end.
    """
    blocks = markdown.fences(markdown.unified(body))
    return [Suggestion(block.lines) for block in blocks if block.closed and block.info.split(maxsplit=1)[:1] == [_WORD]]


def of_text(text: str) -> Suggestion:
    """Return the suggestion whose `text` this is."""
    return Suggestion(tuple(text.split("\n")[:-1]))


def apply(lines: Sequence[str], start_line: int, end_line: int, block: Suggestion) -> list[str]:
    """Return the `lines` of a file (without \\n) with those of `block` in place of `start_line` to `end_line` (from 1, included).

    Where the replaced lines end with \\r, so do the new ones. ValueError if the file has no such lines.
    """
    if not 1 <= start_line <= end_line <= len(lines):
        raise ValueError(f"lines {start_line} to {end_line} are not in a file of {len(lines)} lines")
    replaced = lines[start_line - 1 : end_line]
    end = "\r" if all(line.endswith("\r") for line in replaced) else ""
    new = [line.rstrip("\r") + end for line in block.lines]
    return [*lines[: start_line - 1], *new, *lines[end_line:]]
