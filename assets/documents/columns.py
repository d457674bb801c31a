"""The order in which people read the lines of a page: column by column, below and above what spans them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from statistics import median

from assets.documents.pages import Line, Page

_STEP = 2.0  # points between the places where a gutter is looked for
_MIN_LINES = 4  # on each side of a gutter
_MOST_SPANNING = 0.4  # of the lines: more is a page of full width with something beside
_MIN_FILL = 0.6  # of its column's width, the usual line of a text column takes; cells of tables do not
_MIN_EMS = 9.0  # width of the usual line of a text column
_TABLE_RULES = 3  # that cross the gutter: a table, whatever its cells hold
_MAX_DEPTH = 3


def regions(page: Page) -> list[list[Line]]:
    """Return the lines of a page in reading order, in pieces that are of one column each, from top to bottom."""
    return [region for region in _split(page.lines, page, 0) if region]


def _split(lines: Sequence[Line], page: Page, depth: int) -> list[list[Line]]:
    gutter = _gutter(lines, page) if depth < _MAX_DEPTH else None
    if gutter is None:
        return [list(lines)]
    found: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    spanning: list[Line] = []
    for line in lines:
        if _spans(line, gutter):
            found += [*_split(left, page, depth + 1), *_split(right, page, depth + 1)]
            left, right = [], []
            spanning.append(line)
            continue
        if spanning:
            found.append(spanning)
            spanning = []
        (left if line.right <= gutter + _STEP else right).append(line)
    return [*found, spanning, *_split(left, page, depth + 1), *_split(right, page, depth + 1)]


def _spans(line: Line, gutter: float) -> bool:
    return line.left < gutter - _STEP and line.right > gutter + _STEP


def _gutter(lines: Sequence[Line], page: Page) -> float | None:
    """Return the middle of the widest strip that the fewest lines cross, if what stands on both sides of it are columns of text."""
    if len(lines) < 2 * _MIN_LINES:
        return None
    lefts, rights = sorted(line.left for line in lines), sorted(line.right for line in lines)
    strips: list[tuple[int, int, float]] = []  # lines that cross, minus the steps that it is wide, where it begins
    for place in range(int(page.width * 0.1 / _STEP), int(page.width * 0.9 / _STEP)):
        x = place * _STEP
        n_left, n_right = bisect_right(rights, x + _STEP), len(lines) - bisect_left(lefts, x - _STEP)
        crossing = len(lines) - n_left - n_right
        if min(n_left, n_right) < _MIN_LINES or crossing > _MOST_SPANNING * len(lines):
            continue
        if strips and strips[-1][0] == crossing and x == strips[-1][2] - strips[-1][1] * _STEP:
            strips[-1] = (crossing, strips[-1][1] - 1, strips[-1][2])
        else:
            strips.append((crossing, -1, x))
    if not strips:
        return None
    _, steps, start = min(strips)
    gutter = start - (steps + 1) * _STEP / 2
    return gutter if _are_columns(lines, gutter, page) else None


def _are_columns(lines: Sequence[Line], gutter: float, page: Page) -> bool:
    sides = [line for line in lines if not _spans(line, gutter)]
    left = [line for line in sides if line.right <= gutter + _STEP]
    right = [line for line in sides if line.right > gutter + _STEP]
    top, bottom = max(left[0].top, right[0].top), min(left[-1].bottom, right[-1].bottom)
    crossing_rules = [rule for rule in page.rules if rule.left < gutter - 20 and rule.right > gutter + 20 and top <= rule.top <= bottom]
    if len(crossing_rules) >= _TABLE_RULES:
        return False
    beside = [[line for line in side if top - 1 <= line.baseline <= bottom + 1] for side in (left, right)]
    return all(len(side) >= _MIN_LINES and _is_text(side) for side in beside)


def _is_text(side: Sequence[Line]) -> bool:
    """Say whether lines fill a column as text does."""
    width = max(line.right for line in side) - min(line.left for line in side)
    usual = median(line.right - line.left for line in side)
    return usual >= _MIN_FILL * width and usual >= _MIN_EMS * median(line.style.size for line in side)
