"""How much there is on the forge."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """`written` is the demo's project, with its texts from content/; otherwise so many pull requests and comments are generated."""

    pull_requests: int = 12
    comments: int = 40
    seed: int = 0
    written: bool = False


DEMO = Size(pull_requests=0, comments=0, written=True)
SMALL = Size()
LARGE = Size(pull_requests=1_000, comments=20_000)
