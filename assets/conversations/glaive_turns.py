"""Where the turns of a Glaive chat begin and end.

The published envelope is `USER: …`, three line breaks, `ASSISTANT: … <|endoftext|>`, three line breaks, `FUNCTION RESPONSE: …`. Some rows
lack a separator, and some texts hold role words of their own. So a role word (in capitals, at the start of a line, with its colon) is
read in three ways, and of each part of the chat that ends with `<|endoftext|>` the first reading is taken in which the roles can follow one
another (nobody speaks twice in a row, and what `<|endoftext|>` ends is the assistant's):

1. it begins a turn at the start of the chat, after `<|endoftext|>`, after two blank lines, or as FUNCTION RESPONSE;
2. it also does after one blank line, but not inside of a closed code fence;
3. it also does at the start of any line (`missing_separator`).

Where none fits, the first is taken, so that odd but well separated chats are read as they stand. Elsewhere a role word is text: inside of
a sentence, or in quoted code. Only where `<|endoftext|>` ends what the user seems to say, and an answer could begin in the middle of a
line, the row is refused (`ambiguous_turns`).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from assets.conversations.refusal import Refused

ROLES = {"SYSTEM": "system", "USER": "user", "ASSISTANT": "assistant", "FUNCTION RESPONSE": "tool"}
_WORD = r"(?:SYSTEM|USER|ASSISTANT|FUNCTION RESPONSE):"
_MARK = re.compile(rf"^{_WORD}", re.MULTILINE)
_FIRST = re.compile(_WORD)
_ANSWER = re.compile(r"\sASSISTANT:")
_ENDS = re.compile(r"(?:<\|endoftext\|>\s*+)++")
_FENCE = re.compile(r"^[ \t]*```", re.MULTILINE)
_SEPARATOR = re.compile(r"(?:\r\n){1,3}\Z|\n{1,3}\Z")
_BLANK_LINES = re.compile(r"\n[ \t\r]*\n[ \t\r]*\n\Z|\A\s*\Z")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n\Z")
_LOOK_BACK = 40  # characters that blank lines may take


class Turn(NamedTuple):
    """What one side says, without the envelope: where it stands in the chat, and whether `<|endoftext|>` ends it."""

    role: str
    start: int
    text: str
    ended: bool
    guessed: bool


class _Mark(NamedTuple):
    role: str
    start: int
    end: int
    level: int


def split(chat: str) -> list[Turn]:
    """Return the turns of a chat, which together hold all of its text. Raises Refused (`text_before_turns`, `ambiguous_turns`)."""
    turns: list[Turn] = []
    for start, stop, ended in _parts(chat):
        turns.extend(_turns(chat, start, stop, ended, turns))
    return turns


def _parts(chat: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, whether `<|endoftext|>` ends it) of each part that can hold turns."""
    start = 0
    for end in _ENDS.finditer(chat):
        if end.end() == len(chat) or _FIRST.match(chat, end.end()):
            yield start, end.start(), True
            start = end.end()
    if chat[start:].strip():
        yield start, len(chat), False


def _turns(chat: str, start: int, stop: int, ended: bool, before: list[Turn]) -> list[Turn]:
    marks = _marks(chat, start, stop)
    previous = before[-1].role if before else ""
    if not marks or chat[start : marks[0].start].strip():
        raise Refused("text_before_turns", "text stands before the first role", start)
    readings = [[mark for mark in marks if mark.level <= level] for level in (1, 2, 3)]
    lone = not any(turn.role == "assistant" for turn in before)
    fits = (reading for reading in readings if _fits(reading, previous, ended, lone and len(readings[2]) > len(reading)))
    chosen = next(fits, readings[0])
    ends = [*(mark.start for mark in chosen[1:]), stop]
    last = len(chosen) - 1
    if ended and chosen[-1].role == "user" and (answer := _ANSWER.search(chat, chosen[-1].end, stop)):
        raise Refused("ambiguous_turns", "an answer may begin in the middle of a line", answer.start() + 1)
    return [_turn(chat, mark, end, ended and index == last) for index, (mark, end) in enumerate(zip(chosen, ends, strict=True))]


def _turn(chat: str, mark: _Mark, end: int, ended: bool) -> Turn:
    text, start = chat[mark.end : end], mark.end
    if text.startswith(" "):
        text, start = text[1:], start + 1
    text = text.removesuffix(" ") if ended else _SEPARATOR.sub("", text, count=1)
    return Turn(mark.role, start, text, ended, mark.level == 3)


def _marks(chat: str, start: int, stop: int) -> list[_Mark]:
    """Return the role words at the start of lines, each with the least level at which it begins a turn."""
    found: list[_Mark] = []
    fences: list[int] | None = None
    first = _FIRST.match(chat, start, stop)  # after <|endoftext|> it need not begin a line
    for mark in [*filter(None, [first]), *_MARK.finditer(chat, start + bool(first), stop)]:
        lines = chat[max(start, mark.start() - _LOOK_BACK) : mark.start()]
        role = ROLES[mark[0][:-1]]
        if mark.start() == start or _BLANK_LINES.search(lines) or role == "tool":
            level = 1
        else:
            fences = _fences(chat, start, stop) if fences is None else fences
            before = bisect_left(fences, mark.start())
            inside = before % 2 and before < len(fences)
            level = 4 if inside else 2 if _BLANK_LINE.search(lines) else 3
        found.append(_Mark(role, mark.start(), mark.end(), level))
    return found


def _fences(chat: str, start: int, stop: int) -> list[int]:
    return [fence.start() for fence in _FENCE.finditer(chat, start, stop)]


def _fits(marks: list[_Mark], previous: str, ended: bool, may_hide_answers: bool) -> bool:
    """Return whether the roles can follow one another, after `previous`."""
    roles = [mark.role for mark in marks]
    if not roles or (ended and roles[-1] != "assistant"):
        return False
    if not ended and roles[-1] != "assistant" and may_hide_answers:
        return False
    pairs = zip([previous, *roles], roles, strict=False)
    return not any(one == other != "tool" or (one, other) == ("user", "tool") for one, other in pairs)
