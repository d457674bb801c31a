"""Source files with labelled secrets and personal data, made up with a fixed seed.

A template (`corpus/<half>/*.txt`) is a file with marks: ⟦email⟧ is replaced by a value of that kind and labelled, ⟦-uuid⟧ by one that is
no finding; ⟦phone:+48 6## ### ###⟧ by one made from a pattern (`patterns.fill`), where the kind is a class of the rules. The two halves
share the kinds and nothing else: templates, names, domains and seeds differ. Each later set was written without looking at the rules,
judged them once, and was then tuned on: all up to the seventh have been, and their figures say that nothing broke, not how good the
rules are. The eighth is the judge: no rule was tuned on it. Values are built here so that no scanner takes this
folder for a leak.
"""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.assets.redaction.patterns import PERSONAL_CLASSES, fill
from tests.assets.redaction.values import PEOPLE, PERSONAL, Maker

FOLDER = Path(__file__).parent / "corpus"
_LANGUAGES = """
py Python | java Java | cpp C++ | h C++ | js JavaScript | json JSON | yaml YAML | toml TOML | xml XML | ini INI | md Markdown | txt Text
sh Shell | go Go | tf HCL | env Shell | rst reStructuredText | rs Rust | ts TypeScript | rb Ruby | kt Kotlin | cs C# | sql SQL | log Text
html HTML | php PHP | c C | swift Swift | csv CSV
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
    """Return `copies` of each template of the "development" or the "held_out" half or of a later set, each with values of its own."""
    maker, rng = Maker(half if half in PEOPLE else "third"), random.Random(half)
    templates = sorted((FOLDER / half).glob("*.txt"))
    return [_fill(f"{copy}/{path.stem}", path.read_text(encoding="utf-8"), maker, rng) for copy in range(copies) for path in templates]


def _fill(path: str, template: str, maker: Maker, rng: random.Random) -> Sample:
    pieces, labels, at, length = [], [], 0, 0
    for mark in re.finditer(r"⟦(-?)([a-z0-9_]+)(?::([^⟧]*))?⟧", template):
        value = maker.make(mark[2]) if mark[3] is None else fill(mark[2], mark[3], rng)
        pieces += [template[at : mark.start()], value]
        start = length + mark.start() - at
        length = start + len(value)
        if not mark[1]:
            group = "personal_data" if mark[2] in (PERSONAL if mark[3] is None else PERSONAL_CLASSES) else "secrets"
            labels.append(Label(mark[2], group, start, length))
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
