"""Redaction on real files, against labels made by reading: `python -m bench.natural_redaction [natural_a|natural_b …] [--list]`.

The labels (bench/labels/<set>.csv) are of files of the corpus, drawn at random with a fixed seed, in turn from every language and
package; a file is in one set only, and so are its other versions. Because most lines hold nothing, the judged lines were taken from
those that a very loose net caught (an @ or a spelled-out one, runs of digits, dotted quads, colon-hex groups, words of authorship, words
of secrecy near = or :, opaque literals, home paths, PEM heads), at most three of a file and, of lines that differ in digits alone,
one; rare patterns are over-represented, and `stratum` names the pattern. Hence the shares below are of lines like these, not of the
corpus. Each line was read, by somebody who had not seen the rules, and labelled by the contract in labels/README.md: a row is one
label, a row without `start` is a line without any. Offsets are in characters, a judged PEM block counts as one line, and of lines over
400 characters the part around the pattern was judged. `doubtful` marks what careful readers would argue about (1.2.3.4, foo@bar.com,
scott:tiger, handles for names): it is neither asked for nor held against a finding. The files hold no values. Rules have been tuned on both
sets since they were first scanned.

A label is found when nine tenths of it are covered by findings of its group; a finding that overlaps a judged line is right when it
touches a label of its group.
"""

import sys
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from assets.redaction.redaction import RedactionSettings, redact
from assets.redaction.rulebook import groups
from bench import corpus

LABELS = Path(__file__).resolve().parent / "labels"
SETS = ("natural_a", "natural_b")
COVERED = 0.9
DOUBTFUL = "doubtful"
GOALS = {"secrets": "P .95 R .80", "personal_data": "P .98 R .98"}
PERSONAL = {"email", "phone", "ipv4", "ipv6", "payment_card", "iban", "us_ssn", "mac_address", "user_name", "person_name"}


class Span(NamedTuple):
    """A label or a finding: characters start to end of the file at `path`, and whether it was found, or is right."""

    path: str
    start: int
    end: int
    group: str
    name: str
    good: bool = False

    def overlap(self, start: int, end: int) -> int:
        """Return how many characters it shares with start to end."""
        return max(0, min(self.end, end) - max(self.start, start))


def main(sets: tuple[str, ...] = SETS, listed: bool = False) -> list[dict[str, Any]]:
    """Score each set; print and return a row for each group and class, and with `listed` print the misses and the false findings."""
    files = corpus.files()
    rows = []
    for name in sets:
        judged = pl.read_csv(LABELS / f"{name}.csv", schema_overrides={"start": pl.Int64, "end": pl.Int64, "class": pl.String})
        findings, labels = score(judged, _find(files.filter(pl.col("path").is_in(judged["path"].unique().implode()))))
        rows += _rows(name, findings, labels)
        if listed:
            _print_wrong(name, findings, labels)
    for row in rows:
        print(row, flush=True)
    return rows


def _find(files: pl.DataFrame) -> list[Span]:
    found = redact(files["content"], files["path"], files["language"], RedactionSettings()).findings
    paths, group_of = files["path"], groups()
    return [Span(paths[row], start, end, group_of[name], name) for row, name, start, end, _ in found.iter_rows()]


def score(judged: pl.DataFrame, found: list[Span]) -> tuple[list[Span], list[Span]]:
    """Return the findings on `judged` lines (path, line_start, line_end, start, end, class) and the labels, each with its verdict.

    Findings that touch doubtful spans and no label of their group are left out.
    """
    lines = _by_path(judged.select("path", "line_start", "line_end").unique().iter_rows())
    spans = judged.filter(pl.col("start").is_not_null()).select("path", "start", "end", "class").iter_rows()
    labels = [Span(path, start, end, _group(name), name) for path, start, end, name in spans]
    doubtful = _by_path(label[:3] for label in labels if label.name == DOUBTFUL)
    sure = [label for label in labels if label.name != DOUBTFUL]
    wanted = _by_path((label.path, label.start, label.end, label.group) for label in sure)
    findings = []
    for span in found:
        right = any(span.group == group and span.overlap(start, end) for start, end, group in wanted.get(span.path, []))
        if _touches(span, lines) and (right or not _touches(span, doubtful)):
            findings.append(span._replace(good=right))
    covers = _by_path((span.path, span.start, span.end, span.group) for span in found)
    return findings, [label._replace(good=_covered(label, covers.get(label.path, []))) for label in sure]


def _group(name: str) -> str:
    return "personal_data" if name in PERSONAL else "secrets"


def _by_path(rows: Any) -> dict[str, list[Any]]:
    spans: dict[str, list[Any]] = {}
    for path, *rest in rows:
        spans.setdefault(path, []).append(rest)
    return spans


def _touches(span: Span, places: dict[str, list[Any]]) -> bool:
    return any(span.overlap(start, end) for start, end in places.get(span.path, []))


def _covered(label: Span, covers: list[Any]) -> bool:
    """Say whether the findings of the label's group, which may overlap each other, cover enough of it."""
    reached, total = label.start, 0
    for start, end, group in sorted(covers):
        if group == label.group and end > reached:
            total += label.overlap(max(start, reached), end)
            reached = end
    return total >= COVERED * (label.end - label.start)


def _rows(name: str, findings: list[Span], labels: list[Span]) -> list[dict[str, Any]]:
    rows = []
    for group, goal in GOALS.items():
        mine, theirs = [span for span in findings if span.group == group], [span for span in labels if span.group == group]
        rows.append(_row(f"{name}: {group}", mine, theirs, goal))
        for kind in sorted({span.name for span in mine + theirs}):
            of_kind = [[span for span in spans if span.name == kind] for spans in (mine, theirs)]
            rows.append(_row(f"{name}: {group}, {kind}", of_kind[0], of_kind[1], None))
    return rows


def _row(what: str, findings: list[Span], labels: list[Span], goal: str | None) -> dict[str, Any]:
    text = f"P {_share(findings)} R {_share(labels)}"
    empty = dict.fromkeys(("peer", "peer_version", "ratio"))
    return {"stage": "redaction", "what": what, "ours": text, **empty, "goal": goal, "unit": ""}


def _share(spans: list[Span]) -> str:
    good = sum(span.good for span in spans)
    return f"{good / len(spans):.3f} ({good}/{len(spans)})" if spans else "- (0)"


def _print_wrong(name: str, findings: list[Span], labels: list[Span]) -> None:
    for what, spans in (("missed", labels), ("false", findings)):
        for span in sorted(span for span in spans if not span.good):
            print(f"{name} {what} {span.path} {span.name} {span.start}-{span.end}")


if __name__ == "__main__":
    main(tuple(name for name in sys.argv[1:] if not name.startswith("--")) or SETS, "--list" in sys.argv)
