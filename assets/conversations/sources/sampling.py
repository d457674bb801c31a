"""A random sample of a stream, in one pass, which depends on the seed and the rows' numbers alone."""

import heapq

from blake3 import blake3

from assets.passport import SEPARATOR


class Sample:
    """The `size` rows whose draws are the smallest (bottom-k): each set of so many rows is as likely as any other.

    A row's draw is a hash of seed and number. What is held in memory is `size` pairs of integers.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size, self._seed = size, seed
        self._heap: list[tuple[int, int]] = []  # (-draw, row): the largest draw comes out first

    def offer(self, row: int) -> bool:
        """Take note of the row with that number; return False when it is not in the sample, whatever comes."""
        drawn = int.from_bytes(blake3(f"{self._seed}{SEPARATOR}{row}".encode()).digest(length=8))
        if len(self._heap) < self._size:
            heapq.heappush(self._heap, (-drawn, row))
            return True
        return heapq.heappushpop(self._heap, (-drawn, row)) != (-drawn, row)

    def rows(self) -> set[int]:
        """Return the numbers of the rows that the sample holds now."""
        return {row for _, row in self._heap}
