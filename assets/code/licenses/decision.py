"""Which licence a file is under: its own header, then the nearest licence file, then what the repository says."""

from typing import Literal, NamedTuple

from assets.code.licenses import notices
from assets.code.licenses.expressions import agree, normalise

# How sure each source is, as a rank that a policy can cut at: an SPDX line is the author's own word about this file; a notice is
# that in prose; a licence file speaks for its folder; what a repository says may leave out a file that somebody copied into it.
SPDX_LINE, NOTICE, FILE, REPOSITORY = 1.0, 0.95, 0.9, 0.8


class Decision(NamedTuple):
    """The licence of a file, where it was found, and whether the sources contradict each other."""

    expression: str | None  # SPDX
    source: Literal["header", "file", "repository"] | None
    confidence: float | None  # 0..1
    conflict: bool


def decide(head: str, nearest: str | None, repository: str | None) -> Decision:
    """Return the licence of a file that begins with `head`, lies under a licence file saying `nearest`, in a `repository`.

    The closest source that is known decides. It is a conflict when that one does not agree with a wider one: two expressions
    agree when both are permissive, or when the wider one names every licence that the closer one names (see `agree`). A
    permissive header in a GPL repository is one, and a GPL header in a permissive one.
    """
    header, confidence = _header(head)
    known = [
        (expression, source, score)
        for expression, source, score in (
            (header, "header", confidence),
            (normalise(nearest), "file", FILE),
            (normalise(repository), "repository", REPOSITORY),
        )
        if expression is not None
    ]
    if not known:
        return Decision(None, None, None, False)
    expression, source, score = known[0]
    conflict = not all(agree(expression, wider) for wider, _, _ in known[1:])
    return Decision(expression, source, score, conflict)  # type: ignore[arg-type]


def _header(head: str) -> tuple[str | None, float]:
    line = notices.of_header(head)
    return (line, SPDX_LINE) if line else (notices.of_notice(head), NOTICE)
