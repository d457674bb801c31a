"""Extraction of PDFs that others made, against the Markdown that is published with them."""

import re
from collections import Counter
from pathlib import Path

import pytest

from assets.documents.pages import Extraction, Unreadable
from assets.documents.reading import ReadingSettings, read

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "documents"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs the shared data")


def read_file(path: str, **settings: object) -> Extraction:
    return read((DATA / path).read_bytes(), ReadingSettings.model_validate(settings))


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", re.sub(r"<!--.*?-->", "", text).lower()))


def squeezed(text: str) -> str:
    return re.sub(r"\W", "", text).lower()


@pytest.mark.parametrize("name", ["multi_page", "code_and_formula"])
def test_words_and_headings(name: str) -> None:
    reference = (DATA / "docling" / f"{name}.md").read_text(encoding="utf-8")
    found = read_file(f"docling/{name}.pdf")
    ours, theirs = words("\n".join(block.text for block in found.blocks)), words(reference)
    common = (ours & theirs).total()
    assert common / theirs.total() >= 0.98 and common / ours.total() >= 0.95
    headings = {squeezed(block.text) for block in found.blocks if block.kind == "heading"}
    wanted = [squeezed(heading) for heading in re.findall(r"^#+ (.*)$", reference, re.MULTILINE)]
    assert sum(heading in headings for heading in wanted) >= 0.9 * len(wanted)


def test_code_keeps_its_lines() -> None:
    code = [block.text for block in read_file("docling/code_and_formula.pdf").blocks if block.kind == "code"]
    assert code == ["```\nfunction add(a, b) {\n    return a + b;\n}\nconsole.log(add(3, 5));\n```"]


def test_two_columns_and_a_table() -> None:
    found = read_file("sample-files/026-latex-multicolumn/multicolumn.pdf")
    text = "\n".join(block.text for block in found.blocks)
    # The end of the left column and the start of the right one, in a sentence that is not cut.
    assert "Donec nonummy pellentesque ante. Phasellus adipiscing semper elit." in text
    tables = [block.text for block in found.blocks if block.kind == "table"]
    assert len(tables) == 1 and "| Austria | 8.9 | 83,879 | Vienna | German |" in tables[0]
    assert found.counts["page_number"] == 3


def test_password() -> None:
    path = "sample-files/005-libreoffice-writer-password/libreoffice-writer-password.pdf"
    with pytest.raises(Unreadable, match="encrypted"):
        read_file(path)
    assert read_file(path, passwords=("wrong", "openpassword")).blocks


def test_an_image_has_no_text() -> None:
    with pytest.raises(Unreadable, match="no_text"):
        read_file("sample-files/019-grayscale-image/grayscale-image.pdf")


def test_text_that_repeats_on_every_page_is_no_running_head() -> None:
    found = read_file("sample-files/004-pdflatex-4-pages/pdflatex-4-pages.pdf")
    assert found.counts["running_header"] == 0 and found.counts["page_number"] == 4
