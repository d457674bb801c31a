"""Token ids by quicktok from a tokenizer.json that it imports."""

import contextlib
import os
import sys
import tempfile
from functools import partial

os.environ["QUICKTOK_DATA"] = tempfile.mkdtemp()

import quicktok
from token_ids import measure, refuse


def main(tokenizer: str) -> None:
    """Measure and report."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            quicktok.import_tokenizer(tokenizer, "imported")
    except (Exception, SystemExit) as error:
        refuse("quicktok-v1", error)
        return
    encode = partial(quicktok.get_encoding("imported").encode, allowed_special="all")
    measure("quicktok-v1", lambda texts: map(encode, texts))


if __name__ == "__main__":
    main(sys.argv[2])
