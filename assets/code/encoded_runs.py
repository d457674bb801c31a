"""Runs of inline data in the bytes of texts, compiled by numba: not imported but loaded, see `machine_code`.

Sixty-four bytes are looked at together: comparisons of vectors tell which of them belong, a bit for each, and runs are those of set bits.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

_OPTIONS: dict[str, Any] = {"nogil": True, "_nrt": False}  # it is `machine_code` that keeps them
SIGNATURES = {"find_runs": "i8(u1[::1], i8[:, ::1], u1[::1], i8[:, ::1], i8[:, ::1])"}
_LONGEST, _CHARS = range(2)  # columns: `signals` names them

_U, _B = np.uint64, np.uint8
_NONE, _ALL, _BLOCK = _U(0), _U(0xFFFFFFFFFFFFFFFF), _U(64)
# Base64 of 64 signs; eight pairs of hexadecimal digits with a byte between them, which eight \\u escapes are as well.
_RUN_BASE64, _RUN_PAIRS, _LEAST_PAIRS = _U(64), _U(23), 8
_OTHER = _B(ord("!"))
_LANES = ir.VectorType(ir.IntType(8), 64)


@intrinsic
def _between(typing_context, text, at, fold, first, count):  # type: ignore[no-untyped-def]
    """Return a bit for each of text[at:at + 64], the lowest for the first: whether first <= byte | fold < first + count."""

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        array, at, *signs = arguments
        data = context.make_array(signature.args[0])(context, builder, array).data
        block = builder.load(builder.bitcast(builder.gep(data, [at]), _LANES.as_pointer()), align=1)
        fold, first, count = (_in_each_lane(builder, sign) for sign in signs)
        found = builder.icmp_unsigned("<", builder.sub(builder.or_(block, fold), first), count)
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(text, types.uint64, types.uint8, types.uint8, types.uint8), generate


def _in_each_lane(builder: Any, sign: Any) -> Any:
    nothing, lanes = ir.Constant(_LANES, ir.Undefined), ir.VectorType(ir.IntType(32), 64)
    return builder.shuffle_vector(builder.insert_element(nothing, sign, ir.IntType(32)(0)), nothing, ir.Constant(lanes, [0] * 64))


@intrinsic
def _zeros_below(typing_context, bits):  # type: ignore[no-untyped-def]
    """Return how many zeros lie below the lowest bit that is set; 64 when none is."""
    return types.uint64(types.uint64), lambda context, builder, signature, values: builder.cttz(values[0], ir.IntType(1)(0))


@intrinsic
def _zeros_above(typing_context, bits):  # type: ignore[no-untyped-def]
    """Return how many zeros lie above the highest bit that is set; 64 when none is."""
    return types.uint64(types.uint64), lambda context, builder, signature, values: builder.ctlz(values[0], ir.IntType(1)(0))


@njit(inline="always", **_OPTIONS)
def _base64(text, at):  # type: ignore[no-untyped-def]
    """Return a bit for each of text[at:at + 64]: whether it is a letter, a digit or one of +/= and the line feed."""
    found = (
        _between(text, at, _B(32), _B(97), _B(26)) | _between(text, at, _B(0), _B(47), _B(11)) | _between(text, at, _B(0), _B(43), _B(1))
    )
    return found | _between(text, at, _B(0), _B(10), _B(1)) | _between(text, at, _B(0), _B(61), _B(1))


@njit(inline="always", **_OPTIONS)
def _pairs(text, at):  # type: ignore[no-untyped-def]
    """Return a bit for each of text[at:at + 64]: whether it is of the class of pairs; X and U are taken for x and u."""
    found = _between(text, at, _B(0), _B(48), _B(10)) | _between(text, at, _B(32), _B(97), _B(6)) | _between(text, at, _B(0), _B(9), _B(5))
    found |= _between(text, at, _B(0), _B(32), _B(1)) | _between(text, at, _B(0), _B(44), _B(1)) | _between(text, at, _B(0), _B(92), _B(1))
    found |= _between(text, at, _B(32), _B(120), _B(1)) | _between(text, at, _B(32), _B(117), _B(1))
    return found | _between(text, at, _B(0), _B(128), _B(128))


@njit(**_OPTIONS)
def find_runs(data, bounds, tail, found, spans):  # type: ignore[no-untyped-def]
    """Fill found[i] of each text data[bounds[i, 0]:bounds[i, 1]]: signs of the longest run of base64, and of all such runs.

    Where eight pairs of hexadecimal digits may stand together, (i, start, end) goes to `spans`, as far as these reach; returns how many
    there are. They are runs of the class of pairs, with start and end in `data`. `tail` is scratch of 64 bytes.
    """
    many = 0
    for text in range(len(found)):
        start, end = _U(bounds[text, 0]), _U(bounds[text, 1])
        longest = total = run = stretch = at = _NONE
        part = data[start:end]
        while at < _U(len(part)):
            if at + _BLOCK <= _U(len(part)):
                base64, pairs = _base64(part, at), _pairs(part, at)
            else:
                _fill(tail, part, at)
                base64, pairs = _base64(tail, _NONE), _pairs(tail, _NONE)
            if base64 == _ALL:
                run += _BLOCK
            else:
                run += _zeros_below(~base64)
                if run >= _RUN_BASE64:
                    longest, total = max(longest, run), total + run
                run = _zeros_above(~base64)
            if pairs == _ALL:
                stretch += _BLOCK
            else:
                many = _note(part, at, pairs, stretch, text, start, spans, many)
                stretch = _zeros_above(~pairs)
            at += _BLOCK
        if run >= _RUN_BASE64:
            longest, total = max(longest, run), total + run
        if stretch >= _RUN_PAIRS and _are_pairs(part, _U(len(part)) - stretch, _U(len(part))):
            many = _put(spans, many, text, end - stretch, end)
        found[text, _LONGEST], found[text, _CHARS] = longest, total
    return many


@njit(inline="always", **_OPTIONS)
def _fill(tail, text, at):  # type: ignore[no-untyped-def]
    """Copy what is left of `text` behind `at`, which is less than a block, and fill up with what belongs to no class."""
    tail[:] = _OTHER
    for index in range(at, len(text)):
        tail[index - at] = text[index]


@njit(inline="always", **_OPTIONS)
def _note(text, at, pairs, stretch, number, start, spans, many):  # type: ignore[no-untyped-def]
    """Put the runs that end in the block at `at` into `spans`: the first began `stretch` bytes before it. Returns how many there are."""
    ahead = _zeros_below(~pairs)
    if stretch + ahead >= _RUN_PAIRS and _are_pairs(text, at - stretch, at + ahead):
        many = _put(spans, many, number, start + at - stretch, start + at + ahead)
    long = pairs & (pairs >> _U(1))
    long &= long >> _U(2)
    long &= long >> _U(4)
    long &= long >> _U(8)
    long = long & (long >> _U(7)) & (_ALL << ahead)  # where 23 begin
    while long:
        first = _zeros_below(long)
        behind = first + _zeros_below(~(pairs >> first))
        if behind >= _BLOCK:  # goes on in the next block
            break
        if _are_pairs(text, at + first, at + behind):
            many = _put(spans, many, number, start + at + first, start + at + behind)
        long &= _ALL << behind
    return many


@njit(inline="always", **_OPTIONS)
def _put(spans, many, number, start, end):  # type: ignore[no-untyped-def]
    if many < len(spans):
        spans[many, 0], spans[many, 1], spans[many, 2] = number, start, end
    return many + 1


@njit(**_OPTIONS)
def _are_pairs(text, start, end):  # type: ignore[no-untyped-def]
    """Tell whether a run has eight groups of hexadecimal digits as they stand in it: of two, or of four where an escape ends it."""
    groups = together = 0
    for index in range(start, end):
        if _is_hexadecimal(text[index]):
            together += 1
        else:
            groups, together = groups + (together == 2 or together >= 4), 0
    return groups + (together == 2 or together >= 4) >= _LEAST_PAIRS


@njit(inline="always", **_OPTIONS)
def _is_hexadecimal(byte):  # type: ignore[no-untyped-def]
    return _B(byte - _B(48)) < _B(10) or _B((byte | _B(32)) - _B(97)) < _B(6)
