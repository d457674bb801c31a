"""What GitHub shows of a diff, and where a review comment sits in it: then, and after later pushes.

Written from GitHub's documentation for the forge alone, so that the pipeline's own alignment can be tested against it:
`position` is the number of lines below the first @@ of the file, counting removed lines, the mark `\\ No newline at end of file` and
later hunk headers; `line` is a line of the new file on side RIGHT, of the old one on side LEFT; `diff_hunk` runs from the header
of the hunk to the commented line; a comment is outdated, with neither line nor position, once its line is no longer in the diff.
"""

import re
from dataclasses import dataclass, field

HEADER = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")
ESCAPE = re.compile(r'\\([0-7]{3}|[abtnvfr"\\])')
ESCAPED = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13, '"': 34, "\\": 92}


@dataclass(frozen=True, slots=True)
class Shown:
    """A line of a file's diff: `kind` is " ", "+", "-", "\\" or "@"; `hunk` the position of its header (0 for the first).

    Of a header, `old` and `new` are the numbers of the lines that its hunk starts with.
    """

    kind: str
    text: str
    old: int | None
    new: int | None
    position: int
    hunk: int

    def number(self, side: str) -> int | None:
        """Return the line's number in the new file (RIGHT) or in the old one (LEFT)."""
        return {"RIGHT": self.new, "LEFT": self.old}[side]


@dataclass(slots=True)
class Patch:
    """The diff of one file. `lines[p]` is the line at position p; `lines[0]` the first hunk's header."""

    path: str
    old_path: str
    status: str = "modified"
    sha: str = ""
    binary: bool = False
    lines: list[Shown] = field(default_factory=list)

    @property
    def additions(self) -> int:
        """Number of added lines."""
        return sum(line.kind == "+" for line in self.lines)

    @property
    def deletions(self) -> int:
        """Number of removed lines."""
        return sum(line.kind == "-" for line in self.lines)

    @property
    def text(self) -> str:
        """The hunks, as GitHub's field `patch` has them."""
        return self.cut(0, len(self.lines) - 1)

    def cut(self, first: int, last: int) -> str:
        """Return the lines from one position to another, both included."""
        return "\n".join(line.text for line in self.lines[first : last + 1])

    def find(self, side: str, number: int) -> Shown | None:
        """Return the line of the diff that is line `number` of that side, if it is shown."""
        return next((line for line in self.lines if line.kind in " +-" and line.number(side) == number), None)

    def carried(self, number: int) -> int | None:
        """Return the number that the old file's line has in the new file; None when it was removed."""
        if self.status == "removed":
            return None
        shift = 0
        for line in self.lines:
            if line.kind == "@" and (line.old or 0) > number:
                break
            if line.kind in " -" and line.old == number:
                return line.new
            shift += {"+": 1, "-": -1}.get(line.kind, 0)
        return number + shift


def parse(diff: bytes) -> dict[str, Patch]:
    """Return the patches of a diff by the path of the new file (of the old one where it was removed)."""
    patches: dict[str, Patch] = {}
    for part in re.split(r"(?m)^(?=diff --git )", diff.decode(errors="replace")):
        if part.startswith("diff --git "):
            patch = _patch(part.split("\n"))
            patches[patch.path] = patch
    return patches


def _patch(lines: list[str]) -> Patch:
    start = next((number for number, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    patch = Patch(*_paths(lines[:start]))
    for line in lines[:start]:
        _extend(patch, line)
    _fill(patch, lines[start:-1])
    return patch


def _paths(header: list[str]) -> tuple[str, str]:
    """Return the new and the old path of a file's diff."""
    named = {word: line[len(word) :] for line in header for word in ("rename from ", "rename to ", "--- ", "+++ ") if line.startswith(word)}
    if "rename to " in named:
        return _unquoted(named["rename to "]), _unquoted(named["rename from "])
    sides = [_unquoted(named[word].rstrip("\t"))[2:] for word in ("+++ ", "--- ") if named.get(word, "/dev/null") != "/dev/null"]
    if not sides:  # binary or empty: the same path twice
        both = header[0].removeprefix("diff --git ")
        sides = [_unquoted(both[len(both) // 2 + 1 :])[2:]]
    return sides[0], sides[-1]


def _unquoted(path: str) -> str:
    if not path.startswith('"'):
        return path
    raw = ESCAPE.sub(lambda found: chr(ESCAPED[found[1]] if found[1] in ESCAPED else int(found[1], 8)), path[1:-1])
    return raw.encode("latin-1").decode(errors="replace")


def _extend(patch: Patch, line: str) -> None:
    if line.startswith("new file"):
        patch.status = "added"
    elif line.startswith("deleted file"):
        patch.status = "removed"
    elif line.startswith("rename to "):
        patch.status = "renamed"
    elif line.startswith("index "):
        old, _, new = line.split(" ")[1].partition("..")
        patch.sha = old if patch.status == "removed" else new
    elif line.startswith("Binary files "):
        patch.binary = True


def _fill(patch: Patch, lines: list[str]) -> None:
    old = new = hunk = 0
    for position, text in enumerate(lines):
        kind = text[:1]
        if kind == "@" and (header := HEADER.match(text)):
            old, new, hunk = int(header[1]), int(header[2]), position
            patch.lines.append(Shown("@", text, old, new, position, hunk))
            continue
        has_old, has_new = kind in " -", kind in " +"
        patch.lines.append(Shown(kind, text, old if has_old else None, new if has_new else None, position, hunk))
        old, new = old + has_old, new + has_new
