"""Near-duplicates by rensa: MinHash over token 5-grams, made in Python as its README does, and its LSH. Unverified."""

from removal import options
from rensa import RMinHash, RMinHashLSH
from token_shingles import measure


def main(files: str, bands: int, rows: int, threshold: float) -> None:
    """Measure and report."""

    def sign(shingles: list[str]) -> RMinHash:
        minhash = RMinHash(num_perm=bands * rows, seed=1)
        minhash.update(shingles)
        return minhash

    measure("rensa", files, RMinHashLSH(threshold=threshold, num_perm=bands * rows, num_bands=bands), sign)


if __name__ == "__main__":
    main(*options())
