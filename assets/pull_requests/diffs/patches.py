r"""Unified diffs as `git diff` and GitHub's .diff media type write them, with GitHub's position of every line.

A line's **position** is the number of lines it stands below the first @@ of its file: the line just below is 1, and everything counts,
removed lines, later @@ headers and `\ No newline at end of file` alike. Source: GitHub's REST reference, "Create a review comment for a
pull request" ("The position value equals the number of lines down from the first "@@" hunk header in the file […] The line just below the
"@@" line is position 1 […] The position in the diff continues to increase through lines of whitespace and additional hunks until the
beginning of a new file"); that the no-newline marker counts: sourcegraph/go-diff#20.

Only \n ends a line: \r, form feeds and U+2028 belong to the text. What a line is, its hunk's counts say, not its looks: `--- a` among
the lines of a hunk is a removed `-- a`. A header is at the start of a line, where content has its blank, + or -. Nothing is an error:
what is cut off ends early, what is no diff holds no files. Files and hunks are read when they are asked for.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from assets.pull_requests.diffs import patch_paths

Side = Literal["LEFT", "RIGHT"]
Status = Literal["added", "deleted", "modified", "renamed", "copied"]

# At most ten digits: no file has more lines, and int() refuses what is thousands of digits long.
_HEADER = re.compile(r"^@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@([^\n]*)", re.MULTILINE)
_SECTION = re.compile(r"^diff --(git|cc|combined) ([^\n]*)", re.MULTILINE)


class Line(NamedTuple):
    r"""A line of a hunk: kind " ", "+" or "-"; text without \n; number in the old and in the new file; position in its file's diff."""

    kind: str
    text: str
    old: int | None
    new: int | None
    position: int

    def number(self, side: Side) -> int | None:
        """Return the line's number in the old (LEFT) or the new (RIGHT) file, None where it is not in that file."""
        return self.old if side == "LEFT" else self.new


@dataclass(frozen=True)
class Hunk:
    r"""A hunk. `body` is what stands below the header, a \n before each line; `position` is the header's (0 for a file's first)."""

    header: str
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    body: str
    position: int = 0

    @property
    def text(self) -> str:
        """Return the hunk verbatim, header included, without a newline at the end."""
        return self.header + self.body

    @cached_property
    def lines(self) -> list[Line]:
        """Return the lines as far as the header's counts admit them; a hunk that was cut off has fewer."""
        return list(self._walk())

    def _walk(self) -> Iterator[Line]:
        old, new = self.old_start, self.new_start  # of a count of 0 (the line above) no line ever takes it
        old_end, new_end = old + self.old_count, new + self.new_count
        for position, row in enumerate(self.body.split("\n")[1:], self.position + 1):
            kind = row[:1]
            if kind == "+" and new < new_end:
                yield Line("+", row[1:], None, new, position)
                new += 1
            elif kind == "-" and old < old_end:
                yield Line("-", row[1:], old, None, position)
                old += 1
            elif kind in ("", " ", "\r") and old < old_end and new < new_end:  # "" and "\r": mail and editors strip the blank
                yield Line(" ", row[1:] if kind == " " else row, old, new, position)
                old, new = old + 1, new + 1
            elif kind != "\\":
                return

    @cached_property
    def _by_number(self) -> dict[Side, dict[int, Line]]:
        left = {line.old: line for line in self.lines if line.old is not None}
        return {"LEFT": left, "RIGHT": {line.new: line for line in self.lines if line.new is not None}}

    @cached_property
    def _by_position(self) -> dict[int, Line]:
        return {line.position: line for line in self.lines}

    def line(self, side: Side, number: int) -> Line | None:
        """Return the line that has `number` in the old (LEFT) or the new (RIGHT) file."""
        return self._by_number[side].get(number)

    def line_at(self, position: int) -> Line | None:
        """Return the line at GitHub's `position`; None for headers and no-newline markers."""
        return self._by_position.get(position)

    @property
    def last(self) -> Line | None:
        """Return the last line of the body; None where the body is not, from end to end, lines that the header admits.

        The same as the last of `lines`, by counting instead of walking: an excerpt of a long hunk is read for its last line.
        """
        body = self.body
        row = body[body.rfind("\n") + 1 :]
        added, removed, context, rows = body.count("\n+"), body.count("\n-"), body.count("\n "), body.count("\n")
        if added + removed + context != rows and added + removed + context + body.count("\n\\") != rows:  # stripped blanks, or garbage
            return self.lines[-1] if self.lines and self.lines[-1].position == self.position + rows else None
        if removed + context > self.old_count or added + context > self.new_count or row[:1] in ("", "\\"):
            return None
        old, new = self.old_start + removed + context - 1, self.new_start + added + context - 1
        return Line(row[0], row[1:], None if row[0] == "+" else old, None if row[0] == "-" else new, self.position + rows)


@dataclass(frozen=True)
class FilePatch:
    """What a diff says of one file. `body` is its text from the first @@ on; a merge's combined diff has no hunks that can be commented."""

    old_path: str | None
    new_path: str | None
    status: Status
    is_binary: bool
    is_combined: bool
    body: str

    @property
    def path(self) -> str:
        """Return the new path, of a deleted file the old one."""
        return self.new_path or self.old_path or ""

    @cached_property
    def hunks(self) -> list[Hunk]:
        """Return the hunks in the order of the diff."""
        if self.is_combined or self.is_binary:
            return []
        starts = list(_HEADER.finditer(self.body))
        ends = [*(start.start() - 1 for start in starts), len(self.body)][1:]
        positions, above = [], 0
        for start, end in zip(starts, ends, strict=True):
            positions.append(above)
            above += self.body.count("\n", start.start(), end) + 1
        return [_hunk(start, self.body[start.end() : end], at) for start, end, at in zip(starts, ends, positions, strict=True)]

    def line_at(self, position: int) -> Line | None:
        """Return the line at GitHub's `position`; None for headers, no-newline markers and what lies outside."""
        found = bisect_right(self.hunks, position, key=lambda hunk: hunk.position) - 1
        return self.hunks[found].line_at(position) if found >= 0 else None

    def line(self, side: Side, number: int) -> Line | None:
        """Return the line that has `number` in the old (LEFT) or the new (RIGHT) file, where it is in the diff."""
        found = bisect_right(self.hunks, number, key=lambda hunk: hunk.old_start if side == "LEFT" else hunk.new_start) - 1
        return self.hunks[found].line(side, number) if found >= 0 else None


class Patches(dict[str, FilePatch]):
    """The files of a diff by path, in the diff's order; `at` also finds a file by the path that it had before."""

    def at(self, path: str) -> FilePatch | None:
        """Return the file whose new path is `path`, else the one whose old path it was."""
        return self.get(path) or self._by_old_path.get(path)

    @cached_property
    def _by_old_path(self) -> dict[str, FilePatch]:
        return {patch.old_path: patch for patch in self.values() if patch.old_path and patch.status != "copied"}


def parse(diff: str) -> Patches:
    """Return the files of `diff` (what `git diff` or GitHub's .diff media type writes). Of two sections for one path the later counts."""
    starts = list(_SECTION.finditer(diff))
    ends = [*(start.start() for start in starts), len(diff)][1:]
    files = (_file(start[1], start[2], diff[start.end() : end]) for start, end in zip(starts, ends, strict=True))
    return Patches((file.path, file) for file in files)


def parse_hunk(diff_hunk: str) -> Hunk | None:
    r"""Return the hunk of a comment's `diff_hunk`, a header and lines that may stop before its counts do; None without such a header.

    One \n at the end ends the last line. `Hunk.last` says whether all of it is well-formed.
    """
    start = _HEADER.match(diff_hunk)
    return _hunk(start, diff_hunk[start.end() :].removesuffix("\n"), 0) if start else None


def _hunk(start: re.Match[str], body: str, position: int) -> Hunk:
    old, old_count, new, new_count, section = start.groups()
    counts = (1 if old_count is None else int(old_count), 1 if new_count is None else int(new_count))
    return Hunk(start[0], int(old), counts[0], int(new), counts[1], section.strip(), body, position)


def _file(form: str, names: str, section: str) -> FilePatch:
    """Read the section of a file, whose first line "diff --git a/… b/…" came with `names`."""
    at = section.find("\n@@")
    head, body = (section, "") if at < 0 else (section[:at], section[at + 1 :].removesuffix("\n"))
    if form != "git":
        path = patch_paths.plain(names)
        return FilePatch(path, path, "modified", False, True, body)
    fields = _fields(head)
    old, new = patch_paths.paths(names, fields)
    status: Status = "modified"
    for key, named in (("new file", "added"), ("deleted file", "deleted"), ("rename from", "renamed"), ("copy from", "copied")):
        status = named if key in fields else status  # type: ignore[assignment]
    binary = "Binary files" in fields or "GIT binary" in fields
    return FilePatch(None if status == "added" else old, None if status == "deleted" else new, status, binary, False, body)


_FIELD = re.compile(
    r"^(--- |\+\+\+ |rename from |rename to |copy from |copy to |new file |deleted file |Binary files |GIT binary )([^\n]*)", re.MULTILINE
)


def _fields(head: str) -> dict[str, str]:
    return {field[1].rstrip(" "): field[2] for field in _FIELD.finditer(head)}
