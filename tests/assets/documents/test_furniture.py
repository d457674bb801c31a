from collections.abc import Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from assets.documents import furniture
from assets.documents.pages import Extraction
from assets.documents.reading import ReadingSettings, read
from tests.assets.documents import pdfs


def read_lines(*pages: Sequence[str], head: str = "", foot: str = "") -> Extraction:
    """Read pages of such lines; `{}` in head and foot is the page's number."""

    def draw(number: int, lines: Sequence[str]) -> pdfs.Draw:
        def on(canvas: Canvas) -> None:
            pdfs.write(canvas, 72, 805, [head.format(number)], size=8)
            pdfs.write(canvas, 72, 740, lines)
            pdfs.write(canvas, 290, 40, [foot.format(number)], size=8)

        return on

    return read(pdfs.pdf(*[draw(number, lines) for number, lines in enumerate(pages, 1)]), ReadingSettings())


def body(found: Extraction) -> str:
    return "\n".join(block.text for block in found.blocks)


PAGES = [
    ["A task waits in the queue until its time has come.", "It is then leased to a worker."],
    ["Workers report what they did,", "and a task that nobody reports returns."],
    ["Five failures park a task.", "Parked tasks are looked at by people."],
]


@pytest.mark.parametrize("foot", ["{}", "Page {} of 3", "- {} -", "[{}]"])
def test_heads_and_page_numbers(foot: str) -> None:
    found = read_lines(*PAGES, head="Queue Handbook, revision {}", foot=foot)
    assert "Handbook" not in body(found) and not any(character.isdigit() for character in body(found))
    assert {rule: found.counts[rule] for rule in ("running_header", "page_number")} == {"running_header": 3, "page_number": 3}
    assert "It is then leased" in body(found)


def test_running_footer_is_counted_by_itself() -> None:
    found = read_lines(*PAGES, foot="Written for operators")
    assert found.counts["running_footer"] == 3 and "operators" not in body(found)


def test_two_pages_have_heads_too_but_no_large_ones() -> None:
    found = read_lines(*PAGES[:2], head="Queue Handbook")
    assert "Handbook" not in body(found) and found.counts["running_header"] == 2

    def draw(canvas: Canvas) -> None:
        pdfs.write(canvas, 72, 790, ["Retries"], "Helvetica-Bold", 16)
        pdfs.write(canvas, 72, 740, PAGES[0])

    assert [block.text for block in read(pdfs.pdf(draw, draw), ReadingSettings()).blocks].count("Retries") == 2


def test_repeated_text_of_the_body_stays() -> None:
    found = read_lines(PAGES[0], PAGES[0], PAGES[0])
    assert body(found).count("A task waits") == 3


def test_numbers_of_the_text_stay() -> None:
    found = read_lines(["The answer is", "42", "and nothing else."])
    assert "42" in body(found)


def test_table_of_contents() -> None:
    contents = [
        "Contents",
        "1 Leases ......................... 3",
        "1.1 Renewal . . . . . . . . . . 4",
        "2 Retries ..................... 12",
    ]
    found = read_lines([*contents, "", "", "Leases end by themselves, as the next chapter says."], foot="{}")
    assert found.counts["table_of_contents"] == 4
    assert body(found) == "Leases end by themselves, as the next chapter says."


@pytest.mark.parametrize(
    ("line", "is_credit"),
    [
        ("Photo: A. Writer", True),
        ("Photo credit: the harbour office", True),
        ("Image courtesy of the project", True),
        ("Photograph by a passer-by", True),
        ("© A. Writer / Getty Images", True),
        ("Image: registry/worker:2.1 is pulled by the node and started.", False),
        ("Photo: a crane lifts the first of the new machines", False),
        ("Image: Harbour Office / Reuters", True),
        ("The photo by the door shows the first server.", False),
        ("Photo uploads: see chapter 3 for the limits that apply to them here", False),
    ],
)
def test_photo_credits(line: str, is_credit: bool) -> None:
    found = read_lines(["Above it there is a line of text.", line, "Below it there is another."])
    assert (found.counts["photo_credit"], line in body(found)) == (int(is_credit), not is_credit)


def test_form_blanks() -> None:
    found = read_lines(["Name: ____________ Team: _ _ _ _ _ _", "Call __init__ and wait... then go on.", "Signed ........................"])
    assert body(found) == "Name: Team: Call __init__ and wait... then go on. Signed"
    assert found.counts["form_blank"] == 3


def test_every_rule_is_one_that_is_documented() -> None:
    found = read_lines(*PAGES, head="Queue Handbook", foot="{}")
    assert set(found.counts) <= {*furniture.RULES, "invisible_text", "unreadable_page"}
