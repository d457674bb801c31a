"""What must hold of the splits when the base model's own tokenizer and template read them.

The chats are taken as they are stored, control tokens in them included: whoever trains on the published rows with another trainer must get
what this project's gets. Every row is rendered by module `rendering`; some of each shard go through transformers itself as well.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.corpus import tokens
from assets.corpus.template import rendering, tools_shown
from assets.corpus.template.engine import Span
from assets.corpus.template.rendering import Form, NotRendered, Renderer
from assets.corpus.template.tool_text import NO_TOOLS, Row, has_tools

SCHEMA = pl.Schema({"id": pl.String(), "claim": pl.String()})
CLAIMS = {
    "not_rendered": "the template refuses the chat",
    "beginning": "the text begins with the template's BOS token, once, or with none where the template has none",
    "end_mark": "every answer ends with the template's end mark",
    "control_tokens": "the encoding has the control tokens that the template writes, no more, and none doubled",
    "loss": "the loss is on what the assistant says, its calls and its end mark, and on nothing else",
    "tools": "every tool, every call's name and arguments, and every result stand in the text",
    "token_counts": "n_tokens and n_answer_tokens are those of the text",
    "answer_lost": "no answer fits whole into max_tokens",
    "transformers": "transformers makes the same tokens of the chat",
}
TRUNCATED = "truncated"  # longer than max_tokens: not wrong by itself, a share of the rows may be
_Signature = tuple[Any, ...]
_STAND_IN = re.compile(r"said\[(\d+)\]")


class TemplateContractSettings(BaseModel, frozen=True, extra="forbid"):
    """What the tokenizer's template is held to."""

    max_tokens: int = Field(1024, gt=1, description="that a training example may have: model.training.max_tokens")
    max_truncated_share: float = Field(0.05, ge=0, le=1, description="of the rows, longer than max_tokens: cut, or left out of training")
    transformers_rows: int = Field(20, ge=0, description="rows of a shard, the first by id, that go through transformers too")


class _Structure(NamedTuple):
    """What the template writes for a chat whatever is said in it.

    Control tokens in their order; the BOS token, and whether the text begins with it; whether each span of the loss holds what the
    assistant says there, and nothing that anybody else says.
    """

    controls: tuple[int, ...]
    bos: int
    begins: bool
    marks_answers: bool


class _Read(NamedTuple):
    """A row, its text, where the loss is on, and its tokens."""

    row: Mapping[str, Any]
    text: str
    spans: list[Span]
    encoded: tokens.Encoded


def breaking(rows: pl.DataFrame, settings: TemplateContractSettings, template: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id, claim) of each claim that a row of chatml_splits breaks (CLAIMS, TRUNCATED) and an empty ledger."""
    renderer = rendering.load(template)
    sampled = set(rows["id"].sort().head(settings.transformers_rows).to_list())
    found = [
        (row["id"], claim)
        for start in range(0, rows.height, tokens.BATCH)
        for row, broken in _judged(rows[start : start + tokens.BATCH], renderer, settings, sampled)
        for claim in broken
    ]
    return pl.DataFrame(found, schema=SCHEMA, orient="row"), ledger.empty()


def _judged(
    rows: pl.DataFrame, renderer: Renderer, settings: TemplateContractSettings, sampled: set[str]
) -> Iterator[tuple[Mapping[str, Any], list[str]]]:
    rendered = []
    for row in rows.select("id", "messages", "tools", "n_tokens", "n_answer_tokens").iter_rows(named=True):
        try:
            rendered.append((row, *renderer.form.render(row["messages"], row["tools"], literal=True)))
        except NotRendered:
            yield row, ["not_rendered"]
    encoded = tokens.encode_within([(text, spans) for _, text, spans in rendered], renderer.tokenizer)
    for (row, text, spans), ids in zip(rendered, encoded, strict=True):
        yield row, list(_broken(_Read(row, text, spans, ids), renderer, settings, sampled))


def _broken(read: _Read, renderer: Renderer, settings: TemplateContractSettings, sampled: set[str]) -> Iterator[str]:
    row, encoded = read.row, read.encoded
    known = _of_structure(renderer, _signature(row["messages"], row["tools"]))
    found = _controls_in(renderer, encoded.ids)
    if known.controls != tuple(token for _, token in found) or _doubled(found):
        yield "control_tokens"
    if [token == known.bos for token in encoded.ids[:2].tolist()] != [known.begins, False][: len(encoded.ids)]:
        yield "beginning"
    if not all(_ends(renderer, encoded.ids[first:stop]) for first, stop in encoded.places):
        yield "end_mark"
    if not _loss_is_on_answers(renderer.form, known, read):
        yield "loss"
    if has_tools(row["messages"], row["tools"]) and not tools_shown.are_shown(row["messages"], row["tools"], read.text, read.spans):
        yield "tools"
    if (row["n_tokens"], row["n_answer_tokens"]) != (len(encoded.ids), encoded.n_within):
        yield "token_counts"
    if len(encoded.ids) > settings.max_tokens:
        yield TRUNCATED
    if min((stop for _, stop in encoded.places), default=0) > settings.max_tokens or not encoded.places:
        yield "answer_lost"
    if row["id"] in sampled and not _transformers_agrees(renderer, read):
        yield "transformers"


def _signature(messages: Sequence[Row], tools: str) -> _Signature:
    """Return what a template's control tokens may depend on besides what is said."""
    calls = [len(json.loads(message["tool_calls"])) if message.get("tool_calls") else 0 for message in messages]
    said = [None if message["content"] is None else bool(message["content"].strip()) for message in messages]
    return tuple((message["role"], *facts) for message, *facts in zip(messages, said, calls, strict=True)), len(
        json.loads(tools)
    ) if tools != NO_TOOLS else 0


@lru_cache(maxsize=4096)
def _of_structure(renderer: Renderer, signature: _Signature) -> _Structure:
    turns, n_tools = signature
    tool = {"type": "function", "function": {"name": "x", "description": "x", "parameters": {"type": "object", "properties": {}}}}
    messages = [_stand_in(place, *turn) for place, turn in enumerate(turns)]
    text, spans = renderer.form.render(messages, json.dumps([tool] * n_tools), literal=True)
    [encoded] = tokens.encode_within([(text, [])], renderer.tokenizer)
    bos = dict(renderer.form.special).get("bos_token", "")
    number = renderer.tokenizer.token_to_id(bos)
    controls = tuple(token for _, token in _controls_in(renderer, encoded.ids))
    said = [_STAND_IN.findall(text[start:end]) for start, end in spans]
    meant = [[str(place)] * (bool(said) + calls) for place, (role, said, calls) in enumerate(turns) if role == "assistant"]
    return _Structure(controls, -1 if number is None else number, bool(bos) and text.startswith(bos), said == meant)


def _stand_in(place: int, role: str, said: bool | None, n_calls: int) -> dict[str, Any]:
    """Return a message of the same structure that says where it stands."""
    mark = f"said[{place}]"
    call = {"id": "x", "name": mark, "arguments": {}}
    named = {"name": "x", "tool_call_id": "x"} if role == "tool" else {}
    content = None if said is None else mark * said
    return {"role": role, "content": content, "tool_calls": json.dumps([call] * n_calls) if n_calls else None} | named


def _controls_in(renderer: Renderer, ids: np.ndarray) -> list[tuple[int, int]]:
    """Return (position, id) of the control tokens in `ids`."""
    places = np.flatnonzero(_is_control(renderer)[ids])
    return list(zip(places.tolist(), ids[places].tolist(), strict=True))


@lru_cache(maxsize=2)
def _is_control(renderer: Renderer) -> np.ndarray:
    """Return, by id, whether a token is one of control."""
    flags = np.zeros(max(renderer.tokenizer.get_vocab(with_added_tokens=True).values()) + 1, dtype=bool)
    numbers = [renderer.tokenizer.token_to_id(control) for control in renderer.form.controls]
    flags[[number for number in numbers if number is not None]] = True
    return flags


def _doubled(controls: Sequence[tuple[int, int]]) -> bool:
    """Return whether a control token follows itself at once."""
    return any(one[0] + 1 == other[0] and one[1] == other[1] for one, other in pairwise(controls))


def _ends(renderer: Renderer, answer: np.ndarray) -> bool:
    """Return whether an answer's last token but for white space is a control token."""
    for token in answer[::-1].tolist():
        if _is_control(renderer)[token]:
            return True
        if renderer.tokenizer.decode([token], skip_special_tokens=False).strip():
            return False
    return False


def _loss_is_on_answers(form: Form, known: _Structure, read: _Read) -> bool:
    answers = [message["content"] or "" for message in read.row["messages"] if message["role"] == "assistant"]
    marked = [read.text[start:end] for start, end in read.spans]
    if len(answers) != len(marked) or not known.marks_answers:
        return False
    if not form.is_ours:
        return all(text.strip() in found for text, found in zip(answers, marked, strict=True))
    said, _ = form.prepared(read.row["messages"], read.row["tools"], literal=True)
    end = dict(form.special)["eos_token"]
    return marked == [message["content"] + end for message in said if message["role"] == "assistant"]


def _transformers_agrees(renderer: Renderer, read: _Read) -> bool:
    """Return whether transformers' own rendering by the model's own template gives the tokens that ours gives."""
    form = renderer.form
    if "strftime_now" in form.own:  # its clock is not ours
        return True
    said, tools = form.prepared(read.row["messages"], read.row["tools"], literal=True)
    text, _ = form.render(read.row["messages"], read.row["tools"], own=True, literal=True)
    [ours] = renderer.tokenizer.encode_batch([text], add_special_tokens=False)
    theirs = _theirs(renderer).apply_chat_template(said, tools=tools, chat_template=form.own, return_dict=True)["input_ids"]
    return bool(theirs == ours.ids) and (not form.is_ours or ours.ids == read.encoded.ids.tolist())


@lru_cache(maxsize=2)
def _theirs(renderer: Renderer) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=renderer.tokenizer, **dict(renderer.form.special))
