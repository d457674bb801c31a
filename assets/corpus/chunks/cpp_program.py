"""Regular expressions as programs for the matcher in `cpp_walk`, which runs them over the tokens that stand directly in a scope.

An expression means what it means to `re`. Only what the forms of C++ are made of is known: bytes and sets of them, groups, choices, looking
ahead and at one byte behind, `?`, lazy `*?`, and what is possessive. Mostly the byte that comes decides between choices: they are
tested before anything is noted for going back.
"""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

# Instructions, of a set of bytes, a number or nothing, and of the place to go to. As in `cpp_walk`.
SET, SPAN, PEEK, NOT_PEEK, BEHIND, NOT_BEHIND, TEST, CHOICE, ATOMIC, CUT, BACK, REFUSE, JUMP, MARK, END, FAIL = range(16)
_OF_SETS = frozenset({SET, SPAN, PEEK, NOT_PEEK, BEHIND, NOT_BEHIND, TEST})
_LEXEME = re.compile(r"\(\?P<\w+>|\(\?(?::|=|!|<=|<!)|[()|]|[*+?]\+|\*\?|\?|\[(?:\\.|[^\]\\])+\]|\\x..|\\.|.", re.DOTALL)
_ALL_BYTES = bytes(range(256))


class Program(NamedTuple):
    """Instructions as rows of (instruction, set or number, place), and for each set whether it has each byte.

    The first instructions go to the expressions: the place of the first of them is 0.
    """

    code: npt.NDArray[np.int32]  # (n, 3)
    sets: npt.NDArray[np.uint8]  # (sets, 256)


class Part(NamedTuple):
    """A part of an expression: its instructions, with places relative to their own, and the bytes that it may begin with, as bits."""

    code: list[tuple[int, int, int]]
    first: int = 0
    is_empty: bool = True  # whether it may be

    @property
    def set(self) -> int | None:
        """The bytes that it is one of, None when it is something else."""
        return self.code[0][1] if len(self.code) == 1 and self.code[0][0] == SET else None


def program(expressions: list[str], slots: dict[str, int], kinds: dict[str, int]) -> Program:
    """Return the program of several expressions; what each group in `kinds` closes ends a match, those in `slots` are noted there."""
    codes = [[*_choice(_LEXEME.findall(one)[::-1], slots, kinds).code, (END, 0, 0)] for one in expressions]
    entries = np.cumsum([len(codes), *(len(one) for one in codes[:-1])]).tolist()
    code = [(JUMP, 0, entry - place) for place, entry in enumerate(entries)] + [row for one in codes for row in one]
    sets = {bits: place for place, bits in enumerate(dict.fromkeys(row[1] for row in code if row[0] in _OF_SETS))}
    rows = [(name, sets[value] if name in _OF_SETS else value, place + offset) for place, (name, value, offset) in enumerate(code)]
    table = [[bits >> byte & 1 for byte in range(256)] for bits in sets]
    return Program(np.array(rows, np.int32), np.array(table, np.uint8))


def _choice(lexemes: list[str], slots: dict[str, int], kinds: dict[str, int]) -> Part:
    """Read what `|` separates up to a closing bracket or the end from `lexemes`, the next of which is the last."""
    parts: list[list[Part]] = [[]]
    while lexemes and (lexeme := lexemes.pop()) != ")":
        if lexeme == "|":
            parts.append([])
            continue
        part = _bracket(lexeme, _choice(lexemes, slots, kinds), slots, kinds) if lexeme[0] == "(" else _set(_bits(lexeme))
        repeat = _REPEATS.get(lexemes[-1]) if lexemes else None
        if repeat is not None:
            lexemes.pop()
            part = repeat(part)
        parts[-1].append(part)
    out = _sequence(parts.pop())
    while parts:
        out = _either(_sequence(parts.pop()), out)
    return out


@cache
def _bits(lexeme: str) -> int:
    """Return the bytes that a set or a byte stands for, as bits."""
    return sum(1 << byte[0] for byte in re.findall(lexeme.encode(), _ALL_BYTES, re.DOTALL))


def _set(bits: int) -> Part:
    return Part([(SET, bits, 0)], bits, False)


def _sequence(parts: list[Part]) -> Part:
    code, first, is_empty = [], 0, True
    for part in parts:
        code += part.code
        first |= part.first if is_empty else 0
        is_empty = is_empty and part.is_empty
    return Part(code, first, is_empty)


def _either(one: Part, other: Part) -> Part:
    """Return the choice between two: nothing is noted where only one may begin with what comes."""
    both = one.first if other.is_empty else one.first & other.first
    code = [*one.code, (JUMP, 0, len(other.code) + 1)]
    if one.is_empty or both:
        code.insert(0, (CHOICE, 0, len(code) + 1))
    if both and both != one.first and not one.is_empty:
        code.insert(0, (TEST, both, 2))
    if not one.is_empty:
        code.insert(0, (TEST, one.first, len(code) + 1))
    return Part(code + other.code, one.first | other.first, one.is_empty or other.is_empty)


def _bracket(opening: str, part: Part, slots: dict[str, int], kinds: dict[str, int]) -> Part:
    """Return a part in brackets. Raises ValueError for those that are not known."""
    size = len(part.code)
    if opening == "(?:":
        return part
    if opening in _LOOKS and part.set is not None:
        return Part([(_LOOKS[opening], part.set, 0)])
    if opening == "(?=":
        return Part([(JUMP, 0, 2), (FAIL, 0, 0), (ATOMIC, 0, -1), *part.code, (BACK, 0, 1)])
    if opening == "(?!":
        return Part([(ATOMIC, 0, size + 2), *part.code, (REFUSE, 0, 0)])
    name = opening[4:-1]
    if name in kinds:
        return part._replace(code=[*part.code, (END, kinds[name], 0)])
    if name not in slots:
        raise ValueError(f"not known in an expression: {opening}")
    return part._replace(code=[(MARK, slots[name], 0), *part.code, (MARK, slots[name] + 1, 0)])


def _star(part: Part) -> Part:
    if part.is_empty:
        raise ValueError("a loop over what may be empty does not end")
    if part.set is not None:
        return Part([(SPAN, part.set, 0)], part.first)
    size = len(part.code)
    return Part([(TEST, part.first, size + 3), (ATOMIC, 0, size + 2), *part.code, (CUT, 0, -size - 2)], part.first)


def _plus(part: Part) -> Part:
    if part.set is not None:
        return part._replace(code=[*part.code, (SPAN, part.set, 0)])
    head = [(JUMP, 0, 2), (FAIL, 0, 0), (ATOMIC, 0, -1), (JUMP, 0, 3)]  # to the body of the loop: the first time it must match
    return part._replace(code=head + _star(part).code)


def _option(part: Part) -> Part:
    size = len(part.code)
    if part.set is not None:
        return Part([(TEST, part.set, 2), *part.code], part.first)
    return Part([(TEST, part.first, size + 3), (ATOMIC, 0, size + 2), *part.code, (CUT, 0, 1)], part.first)


def _maybe(part: Part) -> Part:
    size = len(part.code)
    return Part([(TEST, part.first, size + 2), (CHOICE, 0, size + 1), *part.code], part.first)


def _lazy(part: Part) -> Part:
    size = len(part.code)
    return Part([(CHOICE, 0, 2), (JUMP, 0, size + 2), *part.code, (JUMP, 0, -size - 2)], part.first)


_LOOKS = {"(?=": PEEK, "(?!": NOT_PEEK, "(?<=": BEHIND, "(?<!": NOT_BEHIND}
_REPEATS = {"*+": _star, "++": _plus, "?+": _option, "?": _maybe, "*?": _lazy}
