"""Pictures and tables for the Dagster UI, as Markdown: counts and names only, never a row's text."""

import base64
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import polars as pl


def table(frame: pl.DataFrame) -> str:
    """Return `frame` as a Markdown table."""
    head = f"| {' | '.join(frame.columns)} |\n|{' --- |' * frame.width}"
    return "\n".join([head, *(f"| {' | '.join('' if value is None else str(value) for value in row)} |" for row in frame.rows())])


def bars(title: str, labels: Sequence[str], values: Sequence[float], unit: str) -> str:
    """Return a horizontal bar chart as an inline PNG, the first label on top."""

    def draw(axes: Any) -> None:
        drawn = axes.barh(list(labels), list(values), color="#4f6bed")
        axes.bar_label(drawn, fmt="{:,.6g}", padding=3, fontsize=8)
        axes.invert_yaxis()
        axes.set_xlabel(unit)

    return _picture(title, draw, height=0.6 + 0.32 * len(labels))


def histogram(title: str, values: Sequence[float], unit: str, bins: int = 40) -> str:
    """Return a histogram as an inline PNG."""

    def draw(axes: Any) -> None:
        axes.hist(list(values), bins=bins, color="#4f6bed")
        axes.set_xlabel(unit)
        axes.set_ylabel("rows")

    return _picture(title, draw, height=2.8)


def curves(title: str, series: Mapping[str, Sequence[tuple[float, float]]], x: str, y: str) -> str:
    """Return line charts of (x, y) points as one inline PNG."""

    def draw(axes: Any) -> None:
        for name, points in series.items():
            axes.plot(*zip(*points, strict=True), label=name, marker="o", markersize=3)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=len(series), frameon=False, fontsize=8)

    return _picture(title, draw, height=2.8)


def _picture(title: str, draw: Any, height: float) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, height), dpi=80, layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=10)
    draw(axes)
    buffer = BytesIO()
    figure.savefig(buffer, format="png")
    return f"![{title}](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})"
