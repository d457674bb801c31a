"""What several of these tests share."""

from assets.documents.sources.acquiring import Acquired


def rules(acquired: Acquired) -> list[str]:
    return sorted(acquired.problems["rule"])
