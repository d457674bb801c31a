"""Chats as the base model's tokenizer renders them: the text, which characters the loss is on, and how many tokens that is.

Everything that turns a chat into a model's text comes through here: counting, the contract of the splits, training, generation and
evaluation. It imports neither torch nor transformers, so stages may use it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from assets.conversations import json_values
from assets.conversations.escapes import hide_tags
from assets.corpus import tokens
from assets.corpus.template import tool_text
from assets.corpus.template.engine import Span, compiled
from assets.corpus.template.tool_text import Message, Row

if TYPE_CHECKING:
    from tokenizers import Tokenizer

SYSTEM_PROMPT = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
# Renders what SmolLM2's own template does, with marks around what the assistant says and its end mark: the model also learns to stop.
TRAINING_TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\n" + SYSTEM_PROMPT + "<|im_end|>\n' }}"
    "{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}"
    "{{ message['content'] + '<|im_end|>' + '\n' }}"
    "{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_TOOL = {"type": "function", "function": {"name": "tool_a", "description": "does_b", "parameters": {"properties": {"key_c": {}}}}}
_CALLS = [{"id": f"call_{n}", "name": "tool_a", "arguments": {"key_c": f"value_{n}"}} for n in (1, 2)]
_PLAIN: list[list[Row]] = [
    [{"role": "user", "content": "a"}, {"role": "assistant", "content": " b\n"}],
    [{"role": role, "content": role[:1]} for role in ("system", "user", "assistant", "user")],
]
_WITH_TOOLS: list[Row] = [
    {"role": "user", "content": "a"},
    {"role": "assistant", "content": "said_d", "tool_calls": json.dumps(_CALLS)},
    {"role": "tool", "content": "result_1", "tool_call_id": "call_1", "name": "tool_a"},
    {"role": "tool", "content": "result_2", "tool_call_id": "call_2", "name": "tool_a"},
    {"role": "assistant", "content": None, "tool_calls": json.dumps([{**_CALLS[0], "id": "call_3"}])},
    {"role": "tool", "content": "result_3", "tool_call_id": "call_3", "name": "tool_a"},
    {"role": "assistant", "content": "said_e"},
]
_EXPECTED = ("tool_a", "does_b", "key_c", "said_d", "value_1", "value_2", "result_1", "result_2", "result_3", "said_e")


class NotRendered(ValueError):
    """The template refuses a chat, or its calls are not JSON. The message names the kind of error and never holds the chat's text."""


@dataclass(frozen=True)
class Form:
    """How a model's chats are written: its own template, the one with marks, and the tokens that both may write."""

    own: str
    training: str
    special: tuple[tuple[str, str], ...]  # bos_token, eos_token …, which templates refer to
    controls: tuple[str, ...]  # all tokens that a text must not spell

    def render(
        self, messages: Sequence[Row], tools: str = tool_text.NO_TOOLS, *, own: bool = False, prompt: bool = False, literal: bool = False
    ) -> tuple[str, list[Span]]:
        """Return the text of a chat, and the characters [start, end) that the loss is on.

        By the training template, or the model's `own`; with `prompt`, asking for the next answer. Control tokens in what is said are
        broken up, unless it is `literal`. Raises NotRendered.
        """
        try:
            return self._rendered(self.own if own else self.training, *self.prepared(messages, tools, literal=literal), prompt)
        except Exception as error:  # templates raise whatever they like
            raise NotRendered(f"a chat cannot be rendered: {type(error).__name__}") from None

    def prepared(self, messages: Sequence[Row], tools: str, *, literal: bool = False) -> tuple[list[Message], list[Any] | None]:
        """Return messages and tools as the template takes them: as objects, or flat where it does not render tools."""
        if not tool_text.has_tools(messages, tools):
            contents = [message["content"] or "" for message in messages]
            said = contents if literal else map(self.neutral, contents)
            return [{"role": message["role"], "content": text} for message, text in zip(messages, said, strict=True)], None
        native, known = tool_text.native(messages, tools)
        if not literal:
            native, known = json_values.mapped([native, known], self.neutral)
        if self.renders_tools:
            native, known = json_values.mapped([native, known], hide_tags)
            return native, known
        return tool_text.flat(native, known, self.response_role), None

    def answers(self, messages: Sequence[Row], tools: str, end: str) -> list[str]:
        """Return what the assistant says in each of its messages, calls included, with its `end` mark, found without a template's marks.

        Where the template writes the calls, that is what its own rendering of the chat has grown by since the assistant was asked.
        """
        if not (self.renders_tools and tool_text.has_tools(messages, tools)):
            said, _ = self.prepared(messages, tools)
            return [message["content"] + end for message in said if message["role"] == "assistant"]
        asked = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
        before = [self.render(messages[:place], tools, own=True, prompt=True)[0] for place in asked]
        after = [self.render(messages[: place + 1], tools, own=True)[0] for place in asked]
        return [text[len(prompt) :] for prompt, text in zip(before, after, strict=True)]

    @property
    def is_ours(self) -> bool:
        """Whether the marks are exactly around what the assistant says and its end mark."""
        return self.training == TRAINING_TEMPLATE

    def neutral(self, text: str) -> str:
        """Return `text` with a space in every control token: `< |im_start|>` reads the same and is plain text."""
        for control in self.controls:
            if control in text:
                text = text.replace(control, f"{control[:1]} {control[1:]}")
        return text

    @cached_property
    def renders_tools(self) -> bool:
        """Whether the model's own template shows tools, parallel calls, their arguments and their results."""
        try:
            text, _ = self._rendered(self.own, *tool_text.native(_WITH_TOOLS, json.dumps([_TOOL])))
        except Exception:
            return False
        return all(said in text for said in _EXPECTED)

    @cached_property
    def response_role(self) -> str:
        """The role that flat results have: `tool`, or `user` where the template does not know that."""
        turns = tool_text.flat(*tool_text.native(_WITH_TOOLS, json.dumps([_TOOL])))
        try:
            text, _ = self._rendered(self.own, turns, None)
        except Exception:
            return "user"
        return "tool" if all(said in text for said in _EXPECTED) else "user"

    def _rendered(self, template: str, messages: list[Message], tools: list[Any] | None, prompt: bool = False) -> tuple[str, list[Span]]:
        return compiled(template).render(messages=messages, tools=tools, documents=None, add_generation_prompt=prompt, **dict(self.special))


@dataclass(frozen=True, eq=False)
class Renderer:
    """A form and the tokenizer that it was made for; equal to itself only, as `load` keeps one of a kind."""

    form: Form
    tokenizer: "Tokenizer"

    def count(self, chats: Sequence[Sequence[Row]], tools: Sequence[str]) -> list[tuple[int, int]]:
        """Return for each chat the number of its tokens, and of those that the loss is on; (0, 0) for one that cannot be rendered."""
        counts: list[tuple[int, int]] = []
        for start in range(0, len(chats), tokens.BATCH):
            stop = start + tokens.BATCH
            rendered = [self._render(*chat) for chat in zip(chats[start:stop], tools[start:stop], strict=True)]
            counts.extend((len(found.ids), found.n_within) for found in tokens.encode_within(rendered, self.tokenizer))
        return counts

    def _render(self, messages: Sequence[Row], tools: str) -> tuple[str, list[Span]]:
        try:
            return self.form.render(messages, tools)
        except NotRendered:
            return "", []


def load(template: pl.DataFrame) -> Renderer:
    """Return the renderer of a one-row side input (`assets.tokenizer.template_input`), once per process and content.

    Raises ValueError when the frame does not have exactly one row.
    """
    return _load(*(template[name].item() for name in ("tokenizer_json", "chat_template", "training_template", "special_tokens")))


@lru_cache(maxsize=2)
def _load(tokenizer_json: str, own: str, training: str, special: str) -> Renderer:
    return Renderer(form_of(own, training, json.loads(special), tokenizer_json), tokens.load_json(tokenizer_json))


def form_of(own: str, training: str, special: Mapping[str, str], tokenizer_json: str) -> Form:
    """Return the form of a model from its templates, its `special` tokens (bos_token …) and its tokenizer.json."""
    added = sorted(json.loads(tokenizer_json).get("added_tokens") or [], key=lambda token: token["id"])
    return Form(own, training, tuple(special.items()), tuple(token["content"] for token in added if token["special"]))


def marked(own: str, special: Mapping[str, str]) -> str | None:
    """Return the template with marks that renders what a model's `own` does: itself, or TRAINING_TEMPLATE; None when it is neither."""
    if re.search(r"\{%-?\s*generation\s*-?%\}", own):
        return own
    ours = Form(own, TRAINING_TEMPLATE, tuple(special.items()), ())
    try:
        same = all(ours.render(probe, own=True)[0] == ours.render(probe)[0] for probe in _PLAIN)
    except NotRendered:
        return None
    return TRAINING_TEMPLATE if same else None
