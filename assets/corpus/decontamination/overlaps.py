"""The loops over runs of words, compiled by numba: import this module inside the function that needs it.

Nothing here calls what another module compiled: numba's cache would not notice when that changes.
"""

import numpy as np
from numba import njit

EXACT, NGRAM, NEAR = 3, 2, 1  # how strong a hit is
MAX_HITS = 4  # problems that are named of a row
_U = np.uint64
_P0, _P1, _P2 = _U(0x9E3779B185EBCA87), _U(0xC2B2AE3D27D4EB4F), _U(0xFF51AFD7ED558CCD)
_BASE = _U(0xD6E8FEB86659FD93)  # of the polynomial that runs of words are hashed by


def base_powers(longest: int) -> np.ndarray:
    """Return the powers 0..longest of the base, modulo 2^64."""
    return np.cumprod(np.concatenate([np.ones(1, np.uint64), np.full(longest, _BASE)]), dtype=np.uint64)


@njit(cache=True, nogil=True)
def prefixes(words, sums):  # type: ignore[no-untyped-def]
    """Fill sums[: n + 1], of which `run` makes the key of any run of the n words."""
    sums[0] = _U(0)
    for index in range(len(words)):
        sums[index + 1] = sums[index] * _BASE + words[index]


@njit(cache=True, nogil=True)
def run(sums, powers, at, length):  # type: ignore[no-untyped-def]
    """Return the key of the words [at, at + length): MurmurHash3's finaliser of their polynomial."""
    value = sums[at + length] - sums[at] * powers[length] + _U(length) * _P0
    value = (value ^ (value >> _U(33))) * _P2
    value = (value ^ (value >> _U(29))) * _P1
    return value ^ (value >> _U(32))


@njit(cache=True, nogil=True)
def runs(words, starts, lengths, powers, length, keys, owners, places):  # type: ignore[no-untyped-def]
    """Write (key, text, first word) of every run of `length` words of the texts words[starts[i]:][:lengths[i]]; return their number."""
    sums, count = np.empty(_largest(lengths) + 1, _U), 0
    for text in range(len(starts)):
        prefixes(words[starts[text] : starts[text] + lengths[text]], sums)
        for at in range(lengths[text] - length + 1):
            keys[count], owners[count], places[count] = run(sums, powers, at, length), text, starts[text] + at
            count += 1
    return count


@njit(cache=True, nogil=True)
def wholes(words, starts, lengths, powers, keys):  # type: ignore[no-untyped-def]
    """Fill keys[i] with the key of all words of each text."""
    sums = np.empty(_largest(lengths) + 1, _U)
    for text in range(len(starts)):
        prefixes(words[starts[text] : starts[text] + lengths[text]], sums)
        keys[text] = run(sums, powers, 0, lengths[text])


@njit(cache=True, nogil=True)
def distinctive(is_distinctive, words, places, length, counts):  # type: ignore[no-untyped-def]
    """Fill counts[i] with the number of different distinctive words among the `length` ones from places[i] on."""
    for index in range(len(places)):
        count = 0
        for at in range(places[index], places[index] + length):
            is_new = is_distinctive[at]
            for before in range(places[index], at):
                is_new = is_new and words[before] != words[at]
            count += is_new
        counts[index] = count


@njit(cache=True, nogil=True)
def insert(table, sieve, keys):  # type: ignore[no-untyped-def]
    """Put the number of each of the different `keys` into the open-addressing `table` (-1 is free), and their bits into the `sieve`.

    The lengths of both are powers of two.
    """
    for number in range(len(keys)):
        slot = np.int64(keys[number] & _U(len(table) - 1))
        while table[slot] >= 0:
            slot = (slot + 1) & (len(table) - 1)
        table[slot] = number
        sieve[(keys[number] >> _U(35)) & _U(len(sieve) - 1)] |= np.uint8(1) << np.uint8((keys[number] >> _U(32)) & _U(7))


@njit(cache=True, nogil=True)
def _find(index, key):  # type: ignore[no-untyped-def]
    """Return the number of `key`, -1 when it is none. Nearly all that are none end at the sieve, which stays in the cache."""
    if not (index.sieve[(key >> _U(35)) & _U(len(index.sieve) - 1)] >> np.uint8((key >> _U(32)) & _U(7))) & np.uint8(1):
        return -1
    slot = np.int64(key & _U(len(index.table) - 1))
    while index.table[slot] >= 0 and index.keys[index.table[slot]] != key:
        slot = (slot + 1) & (len(index.table) - 1)
    return np.int64(index.table[slot])


@njit(cache=True, nogil=True)
def match(readings, index, state, first_row, min_runs, near_threshold, hits, rules, scores):  # type: ignore[no-untyped-def]
    """Fill hits, rules and scores (rows, MAX_HITS), from `first_row` on: problems (-1: none), the strongest first.

    `readings` are two (words, bounds, strict keys, bounds of segments); of a problem its strongest text counts. A run of words that a row
    repeats counts once, whichever reading it stands in. `state` is `new_state`'s, of use for all calls on the same rows.
    """
    longest = 0
    for _, bounds, _, _ in readings:
        for row in range(len(bounds) - 1):
            longest = max(longest, bounds[row + 1] - bounds[row])
    sums = np.empty(longest + 1, _U)
    for row in range(len(readings[0][1]) - 1):
        n_touched = 0
        for words, bounds, stricts, segments in readings:
            keys = stricts[segments[row] : segments[row + 1]]
            n_touched = _scan(index, state, words[bounds[row] : bounds[row + 1]], keys, sums, first_row + row, n_touched)
        for text in state.touched[:n_touched]:
            rule, score = _judge(state.seen[text], index.n_short[text], min_runs, near_threshold)
            state.seen[text, :] = 0
            if rule:
                at = first_row + row
                _keep(hits[at], rules[at], scores[at], index.text_problems[text], rule, score)


@njit(cache=True, nogil=True)
def _scan(index, state, words, stricts, sums, row, n_touched):  # type: ignore[no-untyped-def]
    prefixes(words, sums)
    for strict in stricts:
        key = _find(index, strict) if strict else -1
        if key >= 0:
            for text in index.whole_texts[index.whole_bounds[key] : index.whole_bounds[key + 1]]:
                n_touched = _see(state, n_touched, text, 0)
    for at in range(len(words) - index.short_words + 1):
        key = _find(index, run(sums, index.powers, at, index.short_words))
        if key < 0:
            continue
        for place in range(index.anchor_bounds[key], index.anchor_bounds[key + 1]):
            text = index.anchor_texts[place]
            begin, n_words = at - index.anchor_offsets[place], index.text_words[text]
            if 0 <= begin <= len(words) - n_words and run(sums, index.powers, begin, n_words) == index.text_keys[text]:
                n_touched = _see(state, n_touched, text, 0)
        if state.stamps[key] != row:
            state.stamps[key] = row
            for text in index.short_texts[index.short_bounds[key] : index.short_bounds[key + 1]]:
                n_touched = _see(state, n_touched, text, 2)
    for at in range(len(words) - index.long_words + 1):
        key = _find(index, run(sums, index.powers, at, index.long_words))
        if key >= 0 and state.stamps[key] != row:
            state.stamps[key] = row
            for text in index.long_texts[index.long_bounds[key] : index.long_bounds[key + 1]]:
                n_touched = _see(state, n_touched, text, 1)
    return n_touched


@njit(cache=True, nogil=True)
def _see(state, n_touched, text, what):  # type: ignore[no-untyped-def]
    """Count a whole text (0), or one of its long (1) or short (2) runs."""
    if not (state.seen[text, 0] or state.seen[text, 1] or state.seen[text, 2]):
        state.touched[n_touched] = text
        n_touched += 1
    state.seen[text, what] += 1
    return n_touched


@njit(cache=True, nogil=True)
def _judge(seen, n_short, min_runs, near_threshold):  # type: ignore[no-untyped-def]
    """Return (rule, score) of a text, 0 for none. The tolerance keeps a share that is exactly at the threshold."""
    if seen[0]:
        return EXACT, 1.0
    if seen[1] >= min_runs:
        return NGRAM, float(seen[1])
    if seen[2] and seen[2] + 1e-9 >= near_threshold * n_short:
        return NEAR, seen[2] / n_short
    return 0, 0.0


@njit(cache=True, nogil=True)
def _keep(hits, rules, scores, problem, rule, score):  # type: ignore[no-untyped-def]
    """Put a hit where it belongs among those of its row: by rule, score, number of the problem; once for each problem."""
    at = 0
    while at < MAX_HITS and hits[at] >= 0 and not _precedes(rule, score, problem, rules[at], scores[at], hits[at]):
        if hits[at] == problem:
            return
        at += 1
    if at == MAX_HITS:
        return
    last = at  # the slot that is overwritten: an earlier hit of the same problem, the first free one, or the last
    while last < MAX_HITS - 1 and hits[last] >= 0 and hits[last] != problem:
        last += 1
    for slot in range(last, at, -1):
        hits[slot], rules[slot], scores[slot] = hits[slot - 1], rules[slot - 1], scores[slot - 1]
    hits[at], rules[at], scores[at] = problem, rule, score


@njit(cache=True, nogil=True)
def _precedes(rule, score, problem, other_rule, other_score, other_problem):  # type: ignore[no-untyped-def]
    if rule != other_rule:
        return rule > other_rule
    return score > other_score or (score == other_score and problem < other_problem)


@njit(cache=True, nogil=True)
def _largest(lengths):  # type: ignore[no-untyped-def]
    largest = 0
    for length in lengths:
        largest = max(largest, length)
    return largest
