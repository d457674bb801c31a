"""Near-duplicates by datasketch: MinHash over token 5-grams in batches, with a faster hash than its default, and its LSH. Unverified."""

import zlib

from datasketch import MinHash, MinHashLSH
from removal import options
from token_shingles import measure


def main(files: str, bands: int, rows: int, threshold: float) -> None:
    """Measure and report."""

    def sign(shingles: list[str]) -> MinHash:
        minhash = MinHash(num_perm=bands * rows, hashfunc=zlib.crc32)
        minhash.update_batch({shingle.encode() for shingle in shingles})
        return minhash

    measure("datasketch", files, MinHashLSH(threshold=threshold, num_perm=bands * rows, params=(bands, rows)), sign)


if __name__ == "__main__":
    main(*options())
