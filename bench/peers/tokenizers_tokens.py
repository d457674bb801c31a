"""Token ids by Hugging Face's tokenizers."""

import os
import sys

os.environ["TOKENIZERS_PARALLELISM"] = "false"

from token_ids import measure
from tokenizers import Encoding, Tokenizer


class _Ids:
    """The ids of an encoding, made when they are read: what the tokenizer did not spend is not on its clock."""

    def __init__(self, encoding: Encoding) -> None:
        self.encoding = encoding

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self.encoding.ids)


def main(tokenizer: str) -> None:
    """Measure and report."""
    loaded = Tokenizer.from_file(tokenizer)
    measure("tokenizers", lambda texts: map(_Ids, loaded.encode_batch_fast(texts, add_special_tokens=False)))


if __name__ == "__main__":
    main(sys.argv[2])
