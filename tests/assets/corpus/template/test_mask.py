import base64
import re
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.corpus.template import rendering
from assets.corpus.template.mask import MaskSettings, chosen, picture, pieces
from assets.corpus.template.tool_text import NO_TOOLS

SVG = "{http://www.w3.org/2000/svg}"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.sampled_from(
    ["</svg><script>x</script>", "]]>&amp;", "\x00\x1b", "你好\u200b"]
)


def chat(asked: str, answered: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]


def rows(chats: list[list[dict[str, str]]]) -> pl.DataFrame:
    count = len(chats)
    ids = [f"{place:032x}" for place in range(count)]
    return pl.DataFrame({"source": ["code_qa"] * count, "id": ids, "messages": chats, "tools": [NO_TOOLS] * count})


def drawings(markdown: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(base64.b64decode(data)) for data in re.findall(r"base64,([^)]*)\)", markdown)]


def test_kinds_are_what_the_trainer_does(template: pl.DataFrame) -> None:
    found = pieces(rendering.load(template), chat("Why?", "It adds."), NO_TOOLS)
    assert "".join(piece.text for piece in found if piece.kind in ("answer", "control loss")) == "It adds.<|im_end|>"
    assert [piece.text for piece in found if piece.kind == "control"] == ["<|im_start|>", "<|im_end|>"] * 2 + ["<|im_start|>"]
    [drawing] = drawings(picture(rows([chat("Why?", "It adds.")]), template, MaskSettings()))
    assert len([box for box in drawing.iter(f"{SVG}rect") if box.get("class") == "control loss"]) == 1
    assert [text.text for text in drawing.iter(f"{SVG}text")][-2:] == ["<|im_start|>assistant⏎", "It\u00a0adds.<|im_end|>⏎"]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=3))
def test_hostile_text_stays_text(template: pl.DataFrame, said: list[tuple[str, str]]) -> None:
    markdown = picture(rows([chat(*pair) for pair in said]), template, MaskSettings())
    found = drawings(markdown)
    assert len(found) == len(said)
    for drawing in found:
        assert {element.tag for element in drawing.iter()} <= {SVG + tag for tag in ("svg", "style", "rect", "text")}
        assert all(
            float(box.get("x", 0)) + float(box.get("width", 0)) <= float(drawing.get("width", 0)) + 8 for box in drawing.iter(f"{SVG}rect")
        )
    assert re.fullmatch(r"[ -~⏎\n]*", markdown)


@pytest.mark.parametrize("text", ["word " * 5_000, "x" * 20_000, "\n" * 10_000, "字" * 5_000])
def test_picture_of_a_long_chat_is_small(template: pl.DataFrame, text: str) -> None:
    markdown = picture(rows([chat(text, text)]), template, MaskSettings(max_tokens=50))
    assert len(markdown) < 40_000 and "code_qa" in markdown


def test_row_that_cannot_be_rendered_is_left_out(template: pl.DataFrame) -> None:
    frame = rows([chat("a", "b")]).with_columns(tools=pl.lit("[not json"))
    assert drawings(picture(frame, template, MaskSettings())) == []


def test_first_training_rows_of_each_source_are_shown() -> None:
    frame = pl.DataFrame(
        {
            "source": ["b", "a", "b", "b", "b", "a"], "id": ["5", "4", "3", "2", "1", "0"],
            "split": ["train", "train", "train", "train", "test", "validation"], "messages": [chat("q", "a")] * 6, "tools": ["[]"] * 6,
        }
    )  # fmt: skip
    shown = chosen(frame.lazy(), MaskSettings())
    assert shown.select("source", "id").rows() == [("a", "4"), ("b", "2"), ("b", "3")]
