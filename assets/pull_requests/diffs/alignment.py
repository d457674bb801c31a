r"""Where a review comment sits: the line of the file at the commit that was reviewed, proven or refused.

GitHub gives a comment up to three independent witnesses of its line, and a pull request two diffs to hear them against:

- `original_line` with `side`, and `original_position` (see `patches`), in the diff of the commit that was reviewed;
- `line` with `side`, and `position`, in the diff at `commit_id`, which is the pull request's head while the comment is not outdated;
- `diff_hunk`: the reviewed diff, verbatim from the hunk's header down to the commented line, the range's last.

**A comment is proven** when the last line of `diff_hunk` is the line that was located, by type and text, and no two witnesses disagree.
What holds for every method, before any diff is asked: the excerpt is well-formed (lines only, not more than its header admits), its last
line is on the comment's `side`, has `original_line` as number, and stands where `original_position` says that it can: in a file's first
hunk both files still run level, and q lines of earlier hunks can shift them by less than q. Beyond that, by method:

| method | confidence | proof |
|---|---|---|
| original_line, original_position, reviewed_hunk | 1.0 | the reviewed diff has the line: type, text, both numbers, position |
| line, position | .95 | that witness finds it in the diff at the head: type, text. The excerpt gives the number |
| hunk | .9 | no diff has the line any more. Lines of the base that excerpt and head's diff share have the same text and number |
| hunk | .8 | the same, without such a line: nothing but the excerpt and the checks on itself |
| hunk | .7 | the same, and the base has other text there: its branch has moved on. Numbers of the new file do not depend on it |

The head's diff is the reviewed one where the head is the reviewed commit. Texts are equal if they are but for one \r at the end, and where
bytes could not be decoded (U+FFFD), but for what is not ASCII. Confidences rank the methods; they are no measured frequencies.
"""

import re
from typing import NamedTuple

from assets.pull_requests.diffs.patches import FilePatch, Hunk, Line, Patches, Side, parse_hunk

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNSEEN = ("no_diff", "file_not_in_diff", "outdated")


class Comment(NamedTuple):
    """What the alignment needs of a review comment; every field is GitHub's."""

    path: str | None
    diff_hunk: str | None
    commit_id: str | None = None
    original_commit_id: str | None = None
    position: int | None = None
    original_position: int | None = None
    line: int | None = None
    original_line: int | None = None
    start_line: int | None = None
    original_start_line: int | None = None
    side: str | None = None
    start_side: str | None = None
    subject_type: str | None = None


class Located(NamedTuple):
    """A proven line: `line` of the file at `original_commit_id` (side RIGHT) or of its base (LEFT); `start_line` is a range's first.

    `current_line` is the line on the same side at the head, where the head's diff still has it. `proof` says what was compared.
    """

    line: int
    start_line: int | None
    side: Side
    start_side: Side | None
    kind: str
    text: str
    current_line: int | None
    method: str
    confidence: float
    proof: str


class Refused(NamedTuple):
    """Why a comment is not proven to sit on a line; `detail` holds numbers, no text.

    file_comment (on a file as a whole), no_diff (none at hand), file_not_in_diff, binary, merge (a combined diff), no_hunk (no excerpt),
    outdated (nor a position), malformed_hunk; force_pushed, where the reviewed commit is gone, for no_diff, file_not_in_diff and outdated;
    contradicts_side, _line, _position, _range (a field against excerpt or diff), _diff (the reviewed diff lacks the line), _hunk (the
    located line is another than the excerpt's last).
    """

    reason: str
    detail: str = ""


class _Excerpt(NamedTuple):
    """A comment's excerpt, its last line, and that line's side and number."""

    hunk: Hunk
    last: Line
    side: Side
    number: int


_IN_REVIEWED = "excerpt in itself; type, text, old and new number in the reviewed diff"
_AT_HEAD = "excerpt in itself; type and text in the diff at the head"
_METHODS: dict[str, tuple[str, float, str]] = {  # name, confidence and proof of each
    **{name: (name, 1.0, _IN_REVIEWED) for name in ("original_line", "original_position", "reviewed_hunk")},
    **{name: (name, 0.95, _AT_HEAD) for name in ("line", "position")},
    "hunk, agrees": ("hunk", 0.9, "excerpt in itself; its lines of the base in the diff at the head"),
    "hunk": ("hunk", 0.8, "excerpt in itself"),
    "hunk, moved": ("hunk", 0.7, "excerpt in itself; the base has moved on"),
}


def locate(
    comment: Comment, reviewed: Patches | None, current: Patches | None, current_sha: str | None, problem: str | None = None
) -> Located | Refused:
    """Locate `comment` in the diff of the commit that was reviewed (None if unknown) and the diff at the head `current_sha`.

    `problem` "gone" says that the reviewed commit could not be had, which gives a refusal its name and changes nothing else.
    """
    at_head = _reviewed_the_head(comment, current_sha)
    reviewed = current if reviewed is None and at_head else reviewed
    patch = _patch(comment, current if reviewed is None else reviewed)
    if isinstance(patch, Refused):
        return Refused("force_pushed", patch.reason) if problem == "gone" and patch.reason in _UNSEEN else patch
    excerpt = _excerpt(comment)
    if isinstance(excerpt, Refused):
        return excerpt
    if reviewed is None:
        return _in_current(comment, excerpt, patch, current_sha)
    found = _in_reviewed(comment, excerpt, patch)
    if isinstance(found, Refused) or current is None:
        return found
    return found._replace(current_line=found.line if at_head else _current_line(comment, excerpt, current, current_sha))


def _reviewed_the_head(comment: Comment, current_sha: str | None) -> bool:
    """Say whether the head is the reviewed commit; where nobody knows the head, a comment that is not outdated names it."""
    outdated = comment.position is None and comment.line is None
    head = current_sha or (None if outdated else comment.commit_id)
    return head is not None and head == comment.original_commit_id


def _patch(comment: Comment, patches: Patches | None) -> FilePatch | Refused:
    """Return the file that the comment is on, or why nothing can be proven of it."""
    if comment.subject_type == "file":
        return Refused("file_comment")
    patch = patches.at(comment.path) if patches is not None and comment.path else None
    if patch is None:
        return Refused("no_diff" if patches is None else "file_not_in_diff")
    if patch.is_binary or patch.is_combined:
        return Refused("binary" if patch.is_binary else "merge")
    if not comment.diff_hunk:
        return Refused("outdated" if comment.position is None and comment.line is None else "no_hunk")
    return patch


def _excerpt(comment: Comment) -> _Excerpt | Refused:
    """Read the excerpt, and hear the comment's fields against it alone."""
    hunk = parse_hunk(comment.diff_hunk or "")
    last = hunk.last if hunk else None
    if hunk is None or last is None:
        return Refused("malformed_hunk")
    side: Side = "LEFT" if comment.side == "LEFT" or last.kind == "-" else "RIGHT"
    number = last.number(side)
    if number is None or (comment.side == "RIGHT" and side == "LEFT"):
        return Refused("contradicts_side", f"{comment.side} on a line of type {last.kind!r}")
    if comment.original_line not in (None, number):
        return Refused("contradicts_line", f"original_line {comment.original_line}, excerpt {number}")
    if comment.original_position is not None and not _can_stand_at(hunk, comment.original_position - last.position):
        return Refused("contradicts_position", f"original_position {comment.original_position}, {last.position} lines in the excerpt")
    return _Excerpt(hunk, last, side, number)


def _can_stand_at(hunk: Hunk, position: int) -> bool:
    """Say whether the hunk's header can be at `position`: q lines above it, headers included, shift the files by less than q."""
    shift = hunk.new_start + (hunk.new_count == 0) - hunk.old_start - (hunk.old_count == 0)
    return position >= 0 and abs(shift) < max(position, 1)


def _in_reviewed(comment: Comment, excerpt: _Excerpt, patch: FilePatch) -> Located | Refused:
    """Find the line in the reviewed diff."""
    last = excerpt.last
    found = patch.line(excerpt.side, excerpt.number)
    if found is None:
        return Refused("contradicts_diff", f"{excerpt.side} {excerpt.number} is not in the reviewed diff")
    if comment.original_position not in (None, found.position):
        return Refused("contradicts_position", f"original_position {comment.original_position}, reviewed diff {found.position}")
    if not _same(found, last) or (found.old, found.new) != (last.old, last.new):
        return Refused("contradicts_hunk", f"{excerpt.side} {excerpt.number}")
    method = "reviewed_hunk" if comment.original_position is None else "original_position"
    method = method if comment.original_line is None else "original_line"
    return _located(comment, excerpt, patch, found, method)


def _in_current(comment: Comment, excerpt: _Excerpt, patch: FilePatch, current_sha: str | None) -> Located | Refused:
    """Find the line in the diff at the head where it still is, else take the excerpt's word."""
    found = _at_head(comment, excerpt.side, patch, current_sha)
    if isinstance(found, Refused):
        return found
    if found is None:
        return _by_excerpt(comment, excerpt, patch)
    if not _same(found, excerpt.last):
        return Refused("contradicts_hunk", f"position {found.position} at the head")
    located = _located(comment, excerpt, None, excerpt.last, "position" if comment.line is None else "line")
    return located if isinstance(located, Refused) else located._replace(current_line=found.number(excerpt.side))


def _at_head(comment: Comment, side: Side, patch: FilePatch, current_sha: str | None) -> Line | Refused | None:
    """Return the line that `position` and `line` name at the head; None if they name none, or speak of another commit."""
    if current_sha and comment.commit_id and comment.commit_id != current_sha:
        return None
    by_line = None if comment.line is None else patch.line(side, comment.line)
    if comment.position is None:
        return by_line
    by_position = patch.line_at(comment.position)
    if by_position is None or (comment.line is not None and by_line != by_position):
        return Refused("contradicts_position", f"position {comment.position} and line {comment.line} at the head")
    return by_position


def _current_line(comment: Comment, excerpt: _Excerpt, current: Patches, current_sha: str | None) -> int | None:
    patch = current.at(comment.path or "")
    found = _at_head(comment, excerpt.side, patch, current_sha) if patch else None
    return found.number(excerpt.side) if isinstance(found, Line) and _same(found, excerpt.last) else None


def _by_excerpt(comment: Comment, excerpt: _Excerpt, patch: FilePatch) -> Located | Refused:
    r"""Take the excerpt's word. One that ends with \n may have lost the blank of an empty line below: then it needs a witness."""
    if (comment.diff_hunk or "").endswith("\n") and comment.original_line is None:
        return Refused("malformed_hunk", "ends with a newline")
    base = ((line.text, patch.line("LEFT", line.old)) for line in excerpt.hunk.lines if line.old is not None)
    equal = [(text, _same_text(text, other.text)) for text, other in base if other is not None]
    if not all(same for _, same in equal):
        return _located(comment, excerpt, None, excerpt.last, "hunk, moved")
    agrees = any(text.strip() for text, _ in equal)  # empty lines are alike everywhere
    return _located(comment, excerpt, None, excerpt.last, "hunk, agrees" if agrees else "hunk")


def _located(comment: Comment, excerpt: _Excerpt, patch: FilePatch | None, found: Line, method: str) -> Located | Refused:
    """Add the first line of a range, which is in the excerpt, or above it in the reviewed diff `patch`."""
    side, number = excerpt.side, excerpt.number
    start_side: Side = side if comment.start_side not in ("LEFT", "RIGHT") else "LEFT" if comment.start_side == "LEFT" else "RIGHT"
    start = comment.original_start_line
    if start is None or (start, start_side) == (number, side):
        return Located(number, None, side, None, found.kind, found.text, None, *_METHODS[method])
    first = excerpt.hunk.line(start_side, start)
    above = patch.line(start_side, start) if first is None and patch else None
    if first is None and (above is None or above.position > found.position):
        return Refused("contradicts_range", f"{start_side} {start} is not above {side} {number}")
    return Located(number, start, side, start_side, found.kind, found.text, None, *_METHODS[method])


def _same(line: Line, other: Line) -> bool:
    return line.kind == other.kind and _same_text(line.text, other.text)


def _same_text(text: str, other: str) -> bool:
    text, other = text.removesuffix("\r"), other.removesuffix("\r")
    return text == other or ("\ufffd" in text + other and _NOT_ASCII.sub("", text) == _NOT_ASCII.sub("", other))
