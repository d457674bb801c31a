"""The coloured mask: some chats as the model sees them, token by token, with where the loss is.

As SVG in a data URI, which Dagster's Markdown shows as an image: nothing in it runs, and the browser has letters for every script.
"""

import base64
import html
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import polars as pl
from pydantic import BaseModel, Field

from assets.corpus.template import rendering
from assets.corpus.template.engine import Span
from assets.corpus.template.rendering import NotRendered, Renderer
from assets.corpus.template.tool_text import Row

_COLUMN_PX, _LINE_PX, _LINE_COLUMNS = 7.2, 18, 110
_STYLE = (
    "text{font:12px monospace;white-space:pre}"
    ".answer{fill:#b7e4c7}.answer.odd{fill:#95d5b2}.other{fill:#e9ecef}.other.odd{fill:#dee2e6}.control{fill:#ffd6a5}.control.loss{fill:#ff9f6b}"
)
LEGEND = "Green: loss. Grey: none. Orange: control tokens, the darker ones with loss. Shades change with each token; ⏎ is a line break."
Kind = Literal["answer", "other", "control", "control loss"]


class MaskSettings(BaseModel, frozen=True, extra="forbid"):
    """How much of the mask is shown."""

    rows_per_source: int = Field(2, gt=0)
    max_tokens: int = Field(160, ge=2, description="of a chat; of a longer one the first and the last")


class Piece(NamedTuple):
    """A token's text, and what the trainer does with it."""

    text: str
    kind: Kind


def chosen(rows: pl.LazyFrame, settings: MaskSettings) -> pl.DataFrame:
    """Return the first training rows by id of each source of chatml_splits, `source, id, messages, tools`, in that order."""
    of_training = rows.filter(pl.col("split") == "train").select("source", "id")
    first = of_training.filter(pl.col("id").rank("ordinal").over("source") <= settings.rows_per_source)
    return rows.select("source", "id", "messages", "tools").join(first, on=["source", "id"], how="semi").sort("source", "id").collect()


def picture(rows: pl.DataFrame, template: pl.DataFrame, settings: MaskSettings) -> str:
    """Return Markdown with an image of each of `rows` (source, id, messages, tools); one that cannot be rendered is left out."""
    renderer, shown = rendering.load(template), [LEGEND]
    for row in rows.iter_rows(named=True):
        try:
            found = pieces(renderer, row["messages"], row["tools"])
        except NotRendered:
            continue
        n_loss = sum(piece.kind in ("answer", "control loss") for piece in found)
        title = f"{row['source']} {row['id']}: {len(found)} tokens, {n_loss} with loss"
        drawn = base64.b64encode(_svg(_shortened(found, settings.max_tokens)).encode()).decode()
        shown.append(f"**{title}**\n\n![{title}](data:image/svg+xml;base64,{drawn})")
    return "\n\n".join(shown)


def pieces(renderer: Renderer, messages: Sequence[Row], tools: str) -> list[Piece]:
    """Return the tokens of a chat as the trainer sees them. Raises NotRendered."""
    text, spans = renderer.form.render(messages, tools)
    encoded = renderer.tokenizer.encode(text, add_special_tokens=False)
    controls = {renderer.tokenizer.token_to_id(control) for control in renderer.form.controls}
    return [
        Piece(text[start:end], _kind((start, end), spans, token in controls))
        for token, (start, end) in zip(encoded.ids, encoded.offsets, strict=True)
    ]


def _kind(offsets: Span, spans: Sequence[Span], is_control: bool) -> Kind:
    has_loss = any(offsets[0] < high and low < offsets[1] for low, high in spans)
    if is_control:
        return "control loss" if has_loss else "control"
    return "answer" if has_loss else "other"


def _shortened(found: list[Piece], max_tokens: int) -> list[Piece]:
    if len(found) <= max_tokens:
        return found
    half = max_tokens // 2
    left_out = Piece(f" … {len(found) - 2 * half} tokens … \n", "other")
    return [*found[:half], left_out, *found[-half:]]


def _svg(found: Sequence[Piece]) -> str:
    """Return a drawing: a box for each token, and the text over it. A token that goes on in the next line has a box there too."""
    boxes, lines = [], [""]
    for number, piece in enumerate(found):
        shade = " odd" * (number % 2 and not piece.kind.startswith("control"))
        for part in _lines(piece.text, _LINE_COLUMNS - _columns(lines[-1])):
            x, width = _columns(lines[-1]) * _COLUMN_PX, _columns(part) * _COLUMN_PX
            boxes.append(f'<rect class="{piece.kind}{shade}" x="{x:g}" y="{(len(lines) - 1) * _LINE_PX}" width="{width:g}" height="16"/>')
            lines[-1] += part
            if part.endswith("⏎") or _columns(lines[-1]) >= _LINE_COLUMNS:
                lines.append("")
    texts = [
        f'<text y="{place * _LINE_PX + 12}" textLength="{_columns(line) * _COLUMN_PX:g}">{html.escape(line)}</text>'
        for place, line in enumerate(lines)
        if line.strip()
    ]
    size = f'width="{_LINE_COLUMNS * _COLUMN_PX:g}" height="{len(lines) * _LINE_PX}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{_STYLE}</style>{"".join([*boxes, *texts])}</svg>'


def _lines(text: str, room: int) -> Iterator[str]:
    """Yield a token's text in parts that end at line breaks, or where a line of the drawing is full: the first has `room` columns."""
    part = ""
    for character in map(_visible, text):
        if part and _columns(part + character) > room:
            yield part
            part, room = "", _LINE_COLUMNS
        part += character
        if character == "⏎":
            yield part
            part, room = "", _LINE_COLUMNS
    if part:
        yield part


def _visible(character: str) -> str:
    """Return a character that XML may hold and an eye can see: line breaks as ⏎, other control characters as their pictures."""
    if character == "\n":
        return "⏎"
    if character < " ":
        return chr(0x2400 + ord(character))
    category = unicodedata.category(character)
    return "\u00a0" if category == "Zs" else "\ufffd" if category[0] in "CZM" else character


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
