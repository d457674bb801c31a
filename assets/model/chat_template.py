"""From messages to token ids, and which of them the loss is on.

A chat template marks the assistant's tokens with `{% generation %}`; SmolLM2's own has no marks, and without them
transformers returns a mask of zeros. The template in module `rendering` renders the same text with the marks around the content and its
end-of-turn token, so that the model also learns to stop. SmolLM2 pads with its end-of-turn token: padding is masked by
position, never by id, or the end of turn would go with it.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.corpus.template import rendering, tool_text
from assets.corpus.template.rendering import Form
from assets.corpus.template.tool_text import Row

IGNORED = -100  # the label that torch's cross entropy skips
NO_TOOLS = tool_text.NO_TOOLS


def training_template(tokenizer: Any) -> str:
    """Return the template with generation marks that renders what the tokenizer's own template does.

    Raises ValueError when the model's template is of a family that neither this project nor TRL can mark.
    """
    own = _own(tokenizer)
    if found := rendering.marked(own, tokenizer.special_tokens_map):
        return found
    from trl.chat_template_utils import get_training_chat_template

    try:
        return str(get_training_chat_template(tokenizer) or own)
    except ValueError as error:
        raise ValueError("the base model's chat template has no {% generation %} marks and is not of a known family") from error


def load(base_folder: Path) -> tuple[Any, Form]:
    """Return the tokenizer of a model's folder, and how chats are written for it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base_folder)
    return tokenizer, form_of(tokenizer)


def form_of(tokenizer: Any, template: str | None = None) -> Form:
    """Return how chats are written for a tokenizer of transformers; `template` is its training template where that is known."""
    controls = tuple(token.content for token in tokenizer.added_tokens_decoder.values() if token.special)
    return Form(_own(tokenizer), template or training_template(tokenizer), tuple(tokenizer.special_tokens_map.items()), controls)


def _own(tokenizer: Any) -> str:
    template = tokenizer.chat_template or ""
    return str(template.get("default", "") if isinstance(template, dict) else template)


def encode(tokenizer: Any, form: Form, messages: Sequence[Row], tools: str, max_tokens: int) -> tuple[list[int], list[int]]:
    """Return token ids and labels of equal length, at most `max_tokens` long; labels are IGNORED but on the assistant's tokens.

    A longer chat ends with its last answer that fits whole; both are empty when none does. No answer is ever cut: a model that is trained
    on half of one learns not to finish. Raises rendering.NotRendered.
    """
    text, spans = form.render(messages, tools)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    ids, offsets = list(encoded["input_ids"]), encoded["offset_mapping"]
    if len(ids) > max_tokens:
        ends = [_end(offsets, high) for _, high in spans]
        ids = ids[: max((end for end in ends if end <= max_tokens), default=0)]
    # By overlap: transformers' own mask looks up the token at a span's first character, and leaves the whole answer out when the
    # tokenizer drops that character, as SmolLM2's does with some control characters.
    marked = [any(start < high and low < end for low, high in spans) for start, end in offsets[: len(ids)]]
    return ids, [token if inside else IGNORED for token, inside in zip(ids, marked, strict=True)]


def _end(offsets: Sequence[tuple[int, int]], character: int) -> int:
    """Return how many tokens it takes to hold the text before `character`."""
    return sum(start < character for start, _ in offsets)


def encode_prompt(tokenizer: Any, form: Form, messages: Sequence[Row], tools: str, max_tokens: int) -> list[int]:
    """Return the token ids that ask for the next assistant message; a longer prompt loses its beginning, never its question.

    Raises rendering.NotRendered.
    """
    text, _ = form.render(messages, tools, own=True, prompt=True)
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])[-max_tokens:]
