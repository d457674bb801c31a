"""Blocks of Markdown to sections within the token budget."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from assets.documents.pages import Block, BlockKind

Count = Callable[[Sequence[str]], list[int]]
_JOIN_TOKENS = 2  # at most, for the blank line between two pieces
_SENTENCE = re.compile(r"(?<=[.!?…。\uff01\uff1f])[\"”\u2019)\]]*\s+|(?<=[。\uff01\uff1f])")
_BLANK = re.compile(r"\s+")
_HEAD_ROWS = 2  # of a Markdown table
_LONGEST_WORD = 50  # characters; a longer one is cut


@dataclass(slots=True)
class Piece:
    """A block of Markdown, or a part of one: then `glue` ties it to the part before."""

    text: str
    kind: BlockKind
    pages: list[tuple[int, int]]  # (first character, page)
    n_tokens: int = 0
    glue: str = "\n\n"


@dataclass(slots=True)
class Section:
    """What stands below one heading, or the part `part` of it; `headings` are those above it, from the outermost."""

    heading: str | None
    headings: list[str]
    level: int | None
    pieces: list[Piece] = field(default_factory=list)
    number: int = 0
    part: int = 0
    n_tokens: int = 0

    @property
    def text(self) -> str:
        """The Markdown, with the heading."""
        return "".join(piece.glue * (place > 0) + piece.text for place, piece in enumerate(self.pieces))


def pack(blocks: Sequence[Block], min_tokens: int, max_tokens: int, count: Count) -> list[Section]:
    """Return the sections of a document, numbered from 0, with exact token counts.

    A section ends at the next heading. One below `min_tokens` joins the next, or the one before when the next begins something of a
    higher level. One above `max_tokens` is cut into parts between blocks, else lines of code, rows, sentences, words, characters.
    Only a document that has less than `min_tokens` in all gives a section below it.
    """
    found = _by_heading(blocks)
    pieces = [piece for section in found for piece in section.pieces]
    for piece, n_tokens in zip(pieces, count([piece.text for piece in pieces]), strict=True):
        piece.n_tokens = n_tokens
    parts: list[Section] = []
    for number, section in enumerate(_with_small_ones_joined(found, min_tokens, count)):
        section.number = number
        parts += _parts(section, min_tokens, max_tokens, count)
    return parts


def _by_heading(blocks: Sequence[Block]) -> list[Section]:
    found: list[Section] = []
    above: list[tuple[int, str]] = []
    for block in blocks:
        if block.kind == "heading":
            above = [(level, text) for level, text in above if level < block.level]
            found.append(Section(block.text, [text for _, text in above], block.level))
            above.append((block.level, block.text))
        elif not found:
            found.append(Section(None, [], None))
        text = f"{'#' * block.level} {block.text}" if block.kind == "heading" else block.text
        found[-1].pieces.append(Piece(text, block.kind, block.pages))
    return found


def _with_small_ones_joined(sections: Sequence[Section], min_tokens: int, count: Count) -> list[Section]:
    found: list[Section] = []
    for place, section in enumerate(sections):
        after = sections[place + 1] if place + 1 < len(sections) else None
        joins = found and (
            _is_small(found[-1], min_tokens, count) or (_is_last_of_its_kind(section, after) and _is_small(section, min_tokens, count))
        )
        found[-1:] = [_joined(found[-1], section)] if joins else [*found[-1:], section]
    if len(found) > 1 and _is_small(found[-1], min_tokens, count):
        found[-2:] = [_joined(found[-2], found[-1])]
    return found


def _is_small(section: Section, min_tokens: int, count: Count) -> bool:
    """Say whether a section is below the least; counted exactly when the sum of its pieces is near."""
    n_tokens = sum(piece.n_tokens for piece in section.pieces)
    return n_tokens < 2 * min_tokens and count([section.text])[0] < min_tokens


def _is_last_of_its_kind(section: Section, after: Section | None) -> bool:
    return after is None or (after.level or 0) < (section.level or 0)


def _joined(one: Section, other: Section) -> Section:
    """Return two sections as one, under the heading of the longer."""
    main = one if one.heading is not None and len(one.text) > len(other.text) else other
    return replace(main, pieces=one.pieces + other.pieces)


def _parts(section: Section, min_tokens: int, max_tokens: int, count: Count) -> list[Section]:
    """Return a section in parts of at most `max_tokens`, as equally long as its pieces allow."""
    waiting, done = [section.pieces], list[list[Piece]]()
    while waiting:
        pieces = waiting.pop(0)
        n_tokens = count([replace(section, pieces=pieces).text])[0]
        if n_tokens <= max_tokens or (len(pieces) == 1 and len(pieces[0].text) == 1):
            done.append(pieces)
            continue
        waiting[:0] = _cut(pieces, n_tokens, min_tokens, max_tokens, count)
    parts = [replace(section, pieces=pieces, part=part) for part, pieces in enumerate(done)]
    for part, n_tokens in zip(parts, count([part.text for part in parts]), strict=True):
        part.n_tokens = n_tokens
    return parts


def _cut(pieces: list[Piece], n_tokens: int, min_tokens: int, max_tokens: int, count: Count) -> list[list[Piece]]:
    """Return pieces in two lists. The first is as near to its share of the tokens as a border between pieces, or in one, allows."""
    n_parts = -(-n_tokens // max_tokens)
    share = n_tokens / n_parts * (n_parts // 2 or 1)
    slack = min(share, n_tokens - share) - min_tokens - _JOIN_TOKENS * len(pieces)
    so_far = list(accumulate(piece.n_tokens for piece in pieces))
    borders = [place for place, piece in enumerate(pieces[:-1]) if piece.kind != "heading"]
    best = min(borders, key=lambda place: abs(so_far[place] - share), default=None)
    if best is not None and abs(so_far[best] - share) <= min(slack, max_tokens // 4):
        return [pieces[: best + 1], pieces[best + 1 :]]
    return _cut_inside(pieces, share, slack, min_tokens, count)


def _cut_inside(pieces: list[Piece], share: float, slack: float, min_tokens: int, count: Count) -> list[list[Piece]]:
    """Cut the piece that holds the token at `share`: where it is best, if both sides then have `min_tokens`, else where that can be."""
    place = _place_of(share, pieces)
    fraction = (share - sum(piece.n_tokens for piece in pieces[:place])) / max(1, pieces[place].n_tokens)
    reach = min(0.25, max(0.0, slack / max(1, pieces[place].n_tokens)))
    for cut in _cuts(pieces[place], min(0.9, max(0.1, fraction)), reach):
        halves = _halves(pieces[place], *cut, count)
        found = [[*pieces[:place], halves[0]], [halves[1], *pieces[place + 1 :]]]
        if all(sum(piece.n_tokens for piece in half) >= min_tokens for half in found):
            break
    return found


def _place_of(share: float, pieces: list[Piece]) -> int:
    """Return which piece holds the token at `share`."""
    place = 0
    while place < len(pieces) - 1 and sum(piece.n_tokens for piece in pieces[: place + 1]) < share:
        place += 1
    if len(pieces[place].text) < 2:
        place = max(range(len(pieces)), key=lambda index: len(pieces[index].text))
    return place


def _halves(piece: Piece, first: str, second: str, count: Count) -> list[Piece]:
    """Return both halves of a piece, with their pages and token counts."""
    shift = len(piece.text) - len(second)  # what repeats a table's head is on one page, whatever its shift
    later = [place for place, (start, _) in enumerate(piece.pages) if start <= shift][-1]
    halves = [
        replace(piece, text=first, pages=[mark for mark in piece.pages if mark[0] < max(1, shift)]),
        replace(piece, text=second, pages=[(max(0, start - shift), page) for start, page in piece.pages[later:]]),
    ]
    halves[1].glue = "\n\n" if piece.kind in ("code", "table") else " "
    for half, n_tokens in zip(halves, count([half.text for half in halves]), strict=True):
        half.n_tokens = n_tokens
    return halves


def _cuts(piece: Piece, fraction: float, reach: float) -> list[tuple[str, str]]:
    """Return where a piece may be cut near `fraction` of it, the best cut first and the one that is always possible last."""
    lines = piece.text.split("\n")
    if piece.kind == "code" and len(lines) > 3:
        middle = _between(1, len(lines) - 3, int(len(lines) * fraction)) + 1
        return [("\n".join([*lines[:middle], lines[-1]]), "\n".join([lines[0], *lines[middle:]]))]
    if piece.kind == "table" and len(lines) > _HEAD_ROWS + 1:
        middle = _between(_HEAD_ROWS + 1, len(lines) - 1, int(len(lines) * fraction))
        return [("\n".join(lines[:middle]), "\n".join([*lines[:_HEAD_ROWS], *lines[middle:]]))]
    return _cuts_of_text(piece.text, fraction, reach)


def _between(least: int, most: int, value: int) -> int:
    return max(least, min(most, value))


def _cuts_of_text(text: str, fraction: float, reach: float) -> list[tuple[str, str]]:
    """Cut a text near `fraction` of it: after a sentence at most `reach` of the text off, at the nearest blank, or anywhere."""
    goal = len(text) * fraction
    found = []
    for border, most in ((_SENTENCE, reach * len(text)), (_BLANK, max(_LONGEST_WORD, reach * len(text)))):
        places = [match for match in border.finditer(text) if match.start() > 0 and match.end() < len(text)]
        best = min(places, key=lambda match: abs(match.start() - goal), default=None)
        if best is not None and abs(best.start() - goal) <= max(1.0, most):
            found.append((text[: best.end()].rstrip(), text[best.end() :]))
    middle = _between(1, len(text) - 1, round(goal))
    return [*found, (text[:middle], text[middle:])]
