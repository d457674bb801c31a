"""Source files with labelled secrets and personal data, made up with a fixed seed.

A template (`corpus/<half>/*.txt`) is a file with marks: ⟦email⟧ is replaced by a value of that kind and labelled, ⟦-uuid⟧ by one that is
no finding. The two halves share the kinds and nothing else: templates, names, domains and seeds differ. Rules are tuned on the development
half only. A third set was written after the rules were done, without looking at them. Values are built here so that no scanner takes
this folder for a leak.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.assets.redaction.values import PERSONAL, Maker

FOLDER = Path(__file__).parent / "corpus"
_LANGUAGES = """
py Python | java Java | cpp C++ | h C++ | js JavaScript | json JSON | yaml YAML | toml TOML | xml XML | ini INI | md Markdown | txt Text
sh Shell | go Go | tf HCL | env Shell | rst reStructuredText | rs Rust | ts TypeScript | rb Ruby | kt Kotlin | cs C# | sql SQL | log Text
html HTML
properties Java Properties | dockerfile Dockerfile
"""
LANGUAGES = dict(entry.strip().split(" ", 1) for entry in _LANGUAGES.strip().replace("\n", "|").split("|"))


class Label(NamedTuple):
    """Where a value is (characters), and of what kind it is."""

    kind: str
    group: str
    start: int
    end: int


class Sample(NamedTuple):
    """A file with its labels."""

    path: str
    language: str
    text: str
    labels: list[Label]


def samples(half: str, copies: int = 12) -> list[Sample]:
    """Return `copies` of each template of the "development" or the "held_out" half or of the "third" set, each with values of its own."""
    maker = Maker(half)
    templates = sorted((FOLDER / half).glob("*.txt"))
    return [_fill(f"{copy}/{path.stem}", path.read_text(encoding="utf-8"), maker) for copy in range(copies) for path in templates]


def _fill(path: str, template: str, maker: "Maker") -> Sample:
    pieces, labels, at, length = [], [], 0, 0
    for mark in re.finditer(r"⟦(-?)([a-z0-9_]+)⟧", template):
        value = maker.make(mark[2])
        pieces += [template[at : mark.start()], value]
        start = length + mark.start() - at
        length = start + len(value)
        if not mark[1]:
            labels.append(Label(mark[2], "personal_data" if mark[2] in PERSONAL else "secrets", start, length))
        at = mark.end()
    return Sample(path, LANGUAGES[path.rsplit(".", 1)[-1]], "".join([*pieces, template[at:]]), labels)


class Score(NamedTuple):
    """Precision and recall over all labels and findings of a group."""

    precision: float
    recall: float
    false: list[tuple[str, str]]
    missed: list[tuple[str, str]]


def score(of: list[Sample], findings: list[list[tuple[str, int, int]]], group: str, groups: Callable[[str], str | None]) -> Score:
    """Compare `findings` (class, start, end of each sample) with the labels of `group`.

    A label is found when findings cover nine tenths of it, whatever their class; a finding is right when it overlaps any label.
    """
    right, false, hit, missed = 0, [], 0, []
    for sample, found in zip(of, findings, strict=True):
        for name, start, end in found:
            if groups(name) not in (group, None):
                continue
            ok = any(label.start < end and start < label.end for label in sample.labels)
            right += ok
            if not ok:
                false.append((sample.path, f"{name}: {sample.text[max(0, start - 30) : end + 10]!r}"))
        for label in (label for label in sample.labels if label.group == group):
            covered = sum(max(0, min(end, label.end) - max(start, label.start)) for _, start, end in found)
            ok = covered >= 0.9 * (label.end - label.start)
            hit += ok
            if not ok:
                missed.append((sample.path, f"{label.kind}: {sample.text[max(0, label.start - 30) : label.end + 10]!r}"))
    return Score(right / max(1, right + len(false)), hit / max(1, hit + len(missed)), false, missed)
