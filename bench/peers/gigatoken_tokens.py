"""Token ids by gigatoken from the tokenizer.json as it is."""

import sys

from gigatoken import Tokenizer
from token_ids import measure, refuse


def main(tokenizer: str) -> None:
    """Measure and report."""
    try:
        loaded = Tokenizer(tokenizer)
    except RuntimeError as error:
        refuse("gigatoken", error)
        return
    measure("gigatoken", lambda texts: map(loaded.encode, texts))


if __name__ == "__main__":
    main(sys.argv[2])
