"""Rows of cells to Markdown tables."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assets.documents.furniture import rows
from assets.documents.pages import Line, Rule

_MIN_ROWS = 3
_MIN_ROWS_RULED = 2  # where rules are drawn above and below
_MAX_ROW_GAP = 3.0  # of the size, between the rows of one table
_WRAPPED = 1.45  # of the size, to the next line of a cell
_GRID_RULES = 4  # a table with as many rules, and one for at least every other line, has a rule between its rows


@dataclass(slots=True)
class Table:
    """Cells by row; all rows are equally long."""

    cells: list[list[str]]

    @property
    def markdown(self) -> str:
        """The table as GitHub's Markdown writes it; the first row is the head."""
        written = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in self.cells]
        return "\n".join([written[0], "|" + " --- |" * len(self.cells[0]), *written[1:]])


def split(lines: Sequence[Line], rules: Sequence[Rule]) -> list[list[Line] | Table]:
    """Return the lines of a region with its tables in their places."""
    found: list[list[Line] | Table] = []
    text: list[Line] = []
    for group in _groups(rows(lines)):
        table = _table(group, rules) if len(group) >= _MIN_ROWS_RULED else None
        if table is None:
            text += [_whole(row) for row in group]
            continue
        found += [text, table] if text else [table]
        text = []
    return [*found, text] if text else found


def _whole(row: Sequence[Line]) -> Line:
    """Return a row that is no table's as one line: a wide blank of justified text."""
    if len(row) == 1:
        return row[0]
    parts = sorted(row, key=lambda line: line.left)
    words = [word for line in parts for word in line.words]
    box = (parts[0].left, min(line.top for line in parts), max(line.right for line in parts), max(line.bottom for line in parts))
    longest = max(parts, key=lambda line: len(line.text))
    return Line(words, " ".join(line.text for line in parts), *box, longest.baseline, longest.style)


def _groups(found: Sequence[list[Line]]) -> list[list[list[Line]]]:
    """Return rows in groups that may be a table each: of rows with several cells and what wraps below them, or of others."""
    groups: list[list[list[Line]]] = []
    was_table = False
    for row in found:
        size = row[0].style.size
        gap = row[0].baseline - groups[-1][-1][0].baseline if groups else float("inf")
        wraps = was_table and len(row) == 1 and gap <= _WRAPPED * size and row[0].left > groups[-1][0][0].left + size
        is_table = (len(row) > 1 and not row[0].style.is_mono) or wraps
        if not groups or is_table != was_table or gap > _MAX_ROW_GAP * size:
            groups.append([])
        groups[-1].append(row)
        was_table = is_table
    return groups


def _table(group: Sequence[list[Line]], rules: Sequence[Rule]) -> Table | None:
    spans = _columns(group)
    if len(spans) < 2:
        return None
    inside = _rules_across(group, rules)
    n_rows = sum(len(row) > 1 for row in group)
    if n_rows < (_MIN_ROWS_RULED if len(inside) >= 2 else _MIN_ROWS):
        return None
    cells = [_cells(row, spans) for row in group]
    is_grid = len(inside) >= max(_GRID_RULES, len(group) / 2)
    joined: list[list[str]] = []
    for place, row in enumerate(cells):
        continues = _same_cell(group, place, inside) if is_grid else _wraps(group, cells, place)
        if joined and continues:
            joined[-1] = [" ".join(filter(None, pair)) for pair in zip(joined[-1], row, strict=True)]
        else:
            joined.append(row)
    return Table(joined) if len(joined) >= 2 else None


def _columns(group: Sequence[list[Line]]) -> list[tuple[float, float]]:
    """Return left and right of the columns: of the rows that have as many cells as most, those that do not overlap."""
    usual = max(Counter(len(row) for row in group if len(row) > 1).items(), key=lambda item: (item[1], item[0]), default=(0, 0))[0]
    spans: list[tuple[float, float]] = []
    for left, right in sorted((line.left, line.right) for row in group if len(row) >= max(2, usual) for line in row):
        if spans and left < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(right, spans[-1][1]))
        else:
            spans.append((left, right))
    return spans


def _cells(row: Sequence[Line], spans: Sequence[tuple[float, float]]) -> list[str]:
    cells: list[list[str]] = [[] for _ in spans]
    for line in sorted(row, key=lambda line: line.left):
        overlaps = [min(line.right, right) - max(line.left, left) for left, right in spans]
        cells[overlaps.index(max(overlaps))].append(line.text)
    return [" ".join(parts) for parts in cells]


def _rules_across(group: Sequence[list[Line]], rules: Sequence[Rule]) -> list[float]:
    """Return the y of the rules that go along most of a group of rows, each once; those of single cells count together."""
    lines = [line for row in group for line in row]
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    reach = 1.5 * lines[0].style.size
    top, bottom = lines[0].top - reach, lines[-1].bottom + reach
    lengths: Counter[int] = Counter()
    for rule in rules:
        if top <= rule.top <= bottom and rule.left < right and rule.right > left:
            lengths[round(rule.top)] += round(min(rule.right, right) - max(rule.left, left))
    return sorted(y for y, length in lengths.items() if length > 0.5 * (right - left))


def _same_cell(group: Sequence[list[Line]], place: int, rules: Sequence[float]) -> bool:
    """Say whether no rule is between a row and the one above."""
    return place > 0 and not any(group[place - 1][0].baseline <= y <= group[place][0].baseline for y in rules)


def _wraps(group: Sequence[list[Line]], cells: Sequence[list[str]], place: int) -> bool:
    """Say whether a row without a first cell goes on with the one above."""
    if place == 0 or cells[place][0]:
        return False
    return group[place][0].baseline - group[place - 1][0].baseline <= _WRAPPED * group[place][0].style.size
