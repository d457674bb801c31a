"""Words, their runs and the sets of them, compiled by numba: import this module inside the function that needs it.

Texts come as bytes: ASCII as it is, other text as its words with blanks between (see `fingerprints.plain`). A **word** is a run of ASCII
letters, digits, `_` and bytes from 0x80 on; letters count in lower case. A **shingle** is a run of words, hashed to 64 bits: among a
million, two share a hash with a probability of 3e-8. Equal texts have equal hashes on every machine, so nothing that is alike is missed.
"""

import numpy as np
from numba import njit

_U = np.uint64
_OFFSET, _PRIME = _U(0xCBF29CE484222325), _U(0x100000001B3)  # FNV-1a's
_MIX_1, _MIX_2 = _U(0xFF51AFD7ED558CCD), _U(0xC4CEB9FE1A85EC53)  # MurmurHash3's
_SHIFT = _U(33)


@njit(cache=True, nogil=True)
def chats(data, starts, is_answer, bounds, n_words, keys, n_answer_words, sets, sizes):  # type: ignore[no-untyped-def]
    """Fill keys (n, 2), n_answer_words (n,), sets and sizes (n,) for n chats: messages data[starts[i]:starts[i + 1]], i < bounds[n].

    Chat c has the messages bounds[c] to bounds[c + 1]. keys: of all words in their order, and of the answers'. Sets stand one after
    another in `sets`, sorted, sizes[c] long; `sets` has room for a word in every second byte and one more in each message.
    """
    words = np.empty(_most_words(starts, bounds), np.uint64)
    place = 0
    for chat in range(len(bounds) - 1):
        count, answered = 0, 0
        answer_key = _OFFSET
        for message in range(bounds[chat], bounds[chat + 1]):
            found = _words(data, starts[message], starts[message + 1], words, count)
            if is_answer[message]:
                answer_key = _sequence(words[count:found], answer_key)
                answered += found - count
            count = found
        keys[chat, 0], keys[chat, 1] = _sequence(words[:count], _OFFSET), answer_key
        n_answer_words[chat] = answered
        sizes[chat] = _shingles(words[:count], n_words, sets[place:])
        place += sizes[chat]
    return place


@njit(cache=True, nogil=True)
def _most_words(starts, bounds):  # type: ignore[no-untyped-def]
    most = 0
    for chat in range(len(bounds) - 1):
        n_bytes = starts[bounds[chat + 1]] - starts[bounds[chat]]
        most = max(most, n_bytes // 2 + 1 + bounds[chat + 1] - bounds[chat])
    return most


@njit(cache=True, nogil=True)
def _words(data, start, end, words, count):  # type: ignore[no-untyped-def]
    """Append the hashes of the words in data[start:end] to words[:count]; return how many there are then."""
    value, is_open = _OFFSET, False
    for at in range(start, end):
        byte = data[at]
        if _LOWER[byte]:
            value = (value ^ _U(_LOWER[byte])) * _PRIME
            is_open = True
        elif is_open:
            words[count] = _mixed(value)
            count += 1
            value, is_open = _OFFSET, False
    if is_open:
        words[count] = _mixed(value)
        count += 1
    return count


def _lower() -> np.ndarray:
    """Return for each byte the one that it counts as in a word, and 0 for what parts words."""
    table = np.zeros(256, np.uint8)
    table[128:] = np.arange(128, 256)
    for byte in range(128):
        if chr(byte).isalnum() or chr(byte) == "_":
            table[byte] = ord(chr(byte).lower())
    return table


_LOWER = _lower()


@njit(cache=True, nogil=True, inline="always")
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _SHIFT)) * _MIX_1
    value = (value ^ (value >> _SHIFT)) * _MIX_2
    return value ^ (value >> _SHIFT)


@njit(cache=True, nogil=True, inline="always")
def _sequence(words, value):  # type: ignore[no-untyped-def]
    """Return the hash of the words in their order, going on from `value`."""
    for at in range(len(words)):
        value = _mixed((value + words[at]) * _PRIME)
    return value


@njit(cache=True, nogil=True)
def _shingles(words, n_words, room):  # type: ignore[no-untyped-def]
    """Write the sorted set of the hashes of all runs of `n_words` words to `room`; a shorter text is one run. Return its size."""
    count = max(len(words) - n_words + 1, min(len(words), 1))
    for at in range(count):
        room[at] = _sequence(words[at : at + n_words], _OFFSET)
    room[:count].sort()
    size = 0
    for at in range(count):
        if at == 0 or room[at] != room[size - 1]:
            room[size] = room[at]
            size += 1
    return size
