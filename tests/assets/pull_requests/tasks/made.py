"""What several of these tests share."""

from typing import Any

from tests.reviews import diff

BEFORE = "".join(f"line {number}\n" for number in range(1, 41))


AFTER = BEFORE.replace("line 5\n", "five\nfive and a half\n").replace("line 30\n", "thirty\n")


DIFF = diff({"a.py": BEFORE}, {"a.py": AFTER})


FIRST = "@@ -2,7 +2,8 @@ section\n line 2\n line 3\n line 4\n-line 5\n+five"


SECOND = "@@ -27,7 +28,7 @@ section\n line 27\n line 28\n line 29\n-line 30\n+thirty"


def after(old: str, new: str) -> str:
    """The diff from the reviewed state to the head."""
    return diff({"a.py": AFTER}, {"a.py": AFTER.replace(old, new)})


def of(task: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["task"] == task]


def rules(task: str, ledger: list[tuple[str, str]]) -> list[str]:
    return [rule for name, rule in ledger if name == task]
