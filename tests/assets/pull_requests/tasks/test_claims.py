from typing import Any

import polars as pl
import pytest

from assets.pull_requests.tasks.claims import left_in_tasks, not_answerable
from assets.pull_requests.tasks.making import SCHEMA
from assets.redaction.redaction import RedactionSettings

ASKED = {"id": "a", "task": "needs_comment", "hunk": "@@ -4,2 +4,2 @@ f\n kept\n-gone\n+new", "target": "yes: 4-5, L5", "side": "RIGHT"}
REFINED = ASKED | {"id": "r", "task": "refine", "target": "x", "start_line": 5, "end_line": 5, "target_start_line": 4, "target_end_line": 5}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([dict.fromkeys(SCHEMA) | row for row in rows], schema=SCHEMA)


@pytest.mark.parametrize(
    ("row", "holds"),
    [
        (ASKED, True),
        (ASKED | {"target": "no"}, True),
        (ASKED | {"target": "yes: 6"}, False),
        (ASKED | {"target": "yes: L6"}, False),
        (ASKED | {"target": "yes: 3-4"}, False),
        (ASKED | {"target": "maybe"}, False),
        (ASKED | {"hunk": "@@ -4,2 +4,3 @@ f\n kept\n-gone\n+new"}, False),
        (ASKED | {"hunk": "gone"}, False),
        (REFINED, True),
        (REFINED | {"target_end_line": 6}, False),
        (REFINED | {"end_line": 6}, False),
        (REFINED | {"task": "comment", "side": "LEFT"}, True),
        (REFINED | {"task": "comment", "side": "LEFT", "end_line": 6}, False),
    ],
)
def test_answers_are_about_what_is_shown(row: dict[str, Any], holds: bool) -> None:
    assert not_answerable(frame(row))[0]["id"].to_list() == ([] if holds else [row["id"]])


def test_what_is_left_is_found() -> None:
    address = "@".join(("jane.roe", "megacorp-mail.org"))
    rows = [ASKED | {"id": "1", "hunk": f"@@ -0,0 +1 @@\n+{address}"}, REFINED | {"id": "2", "comment": f"Ask {address} first"}]
    found = left_in_tasks(frame(*rows, REFINED | {"id": "3", "target": address}, ASKED), RedactionSettings())[0]
    assert sorted(found.rows()) == [("1", "email"), ("2", "email"), ("3", "email")]
    assert left_in_tasks(frame(), RedactionSettings())[0].is_empty() and not_answerable(frame())[0].is_empty()
