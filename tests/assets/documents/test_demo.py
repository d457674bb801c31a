"""The demo's PDFs, and what comes back of them: an answer key without other people's files."""

import re
from collections import Counter

import pytest

from assets.documents.demo import render
from assets.documents.reading import ReadingSettings, read

FURNITURE = {
    "handbook": {"running_header": 3, "page_number": 3, "table_of_contents": 5},
    "leases": {"page_number": 1},
    "runbook": {"running_header": 2, "page_number": 2, "form_blank": 2, "photo_credit": 1},
    "release_notes": {"running_header": 2, "page_number": 2, "invisible_text": 126},
}


@pytest.mark.parametrize("name", render.LOOKS)
def test_what_was_rendered_is_read(name: str) -> None:
    source = render.source(name)
    found = read(render.render(source, render.LOOKS[name]), ReadingSettings())
    headings = [(block.level, block.text) for block in found.blocks if block.kind == "heading"]
    assert headings == [(len(marks), text) for marks, text in re.findall(r"^(#+) (.*)$", source, re.MULTILINE)]
    ours, theirs = (Counter(re.findall(r"\w+", text)) for text in ("\n".join(block.text for block in found.blocks), source))
    assert not theirs - ours and (ours - theirs).total() <= 14
    assert {rule: count for rule, count in found.counts.items() if count} == FURNITURE[name]


def test_code_and_tables_come_back_as_they_were() -> None:
    for name in ("handbook", "runbook"):
        source = render.source(name)
        found = [block.text for block in read(render.render(source, render.LOOKS[name]), ReadingSettings()).blocks]
        for block in re.findall(r"^(?:```\n.*?^```|\|.*?\n(?=\n))$", source, re.MULTILINE | re.DOTALL):
            assert block.strip() in found


def test_the_same_bytes_each_time() -> None:
    assert render.documents() == render.documents()
    assert sorted(render.documents()) == [f"tasklane-{name}.pdf" for name in ("handbook", "leases", "release-notes", "runbook")]
