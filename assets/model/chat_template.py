"""From messages to token ids, and which of them the loss is on.

A chat template marks the assistant's tokens with `{% generation %}`; SmolLM2's own has no marks, and without them
transformers returns a mask of zeros. The template here renders the same text with the marks around the content and its
end-of-turn token, so that the model also learns to stop. SmolLM2 pads with its end-of-turn token: padding is masked by
position, never by id, or the end of turn would go with it.
"""

from collections.abc import Sequence
from typing import Any

IGNORED = -100  # the label that torch's cross entropy skips

SYSTEM_PROMPT = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
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
Message = dict[str, str]
PROBES: list[list[Message]] = [
    [{"role": "user", "content": "a"}, {"role": "assistant", "content": " b\n"}],
    [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ],
]


def training_template(tokenizer: Any) -> str:
    """Return the template with generation marks that renders what the tokenizer's own template does.

    Raises ValueError when the model's template is of a family that neither this module nor TRL can mark.
    """
    own = tokenizer.chat_template or ""
    if "{% generation %}" in own or "{%- generation" in own:
        return str(own)
    if all(_render(tokenizer, probe, own) == _render(tokenizer, probe, TRAINING_TEMPLATE) for probe in PROBES):
        return TRAINING_TEMPLATE
    from trl.chat_template_utils import get_training_chat_template

    try:
        return str(get_training_chat_template(tokenizer))
    except ValueError as error:
        raise ValueError("the base model's chat template has no {% generation %} marks and is not of a known family") from error


def _render(tokenizer: Any, messages: Sequence[Message], template: str) -> str:
    return str(tokenizer.apply_chat_template(list(messages), chat_template=template, tokenize=False))


def neutralise(messages: Sequence[Message], tokenizer: Any) -> list[Message]:
    """Return `messages` with a space put into every control token that stands in a content.

    `<|im_start|>` in a user's text would be encoded as the control token itself: a text could then speak for the
    assistant. `< |im_start|>` reads the same and is plain text.
    """
    controls = [token.content for token in tokenizer.added_tokens_decoder.values() if token.special]
    return [{"role": message["role"], "content": _break_up(message["content"] or "", controls)} for message in messages]


def _break_up(text: str, controls: Sequence[str]) -> str:
    for control in controls:
        text = text.replace(control, f"{control[:1]} {control[1:]}")
    return text


def encode(tokenizer: Any, messages: Sequence[Message], max_tokens: int, template: str | None = None) -> tuple[list[int], list[int]]:
    """Return token ids and labels of equal length, at most `max_tokens` long; labels are IGNORED but on the assistant's tokens.

    What is beyond `max_tokens` is cut off at the end; labels may then all be IGNORED.
    """
    from transformers.utils.chat_template_utils import render_jinja_template

    template = template or training_template(tokenizer)
    rendered: Any = render_jinja_template(
        conversations=[neutralise(messages, tokenizer)],
        chat_template=template,
        return_assistant_tokens_mask=True,
        **tokenizer.special_tokens_map,
    )
    texts, spans = rendered
    encoded = tokenizer(texts[0], add_special_tokens=False, return_offsets_mapping=True, truncation=True, max_length=max_tokens)
    ids = list(encoded["input_ids"])
    marked = _inside(encoded["offset_mapping"], spans[0])
    return ids, [token if inside else IGNORED for token, inside in zip(ids, marked, strict=True)]


def _inside(offsets: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> list[bool]:
    # By overlap: transformers' own mask looks up the token at a span's first character, and leaves the whole answer out when the
    # tokenizer drops that character, as SmolLM2's does with some control characters.
    return [any(start < high and low < end for low, high in spans) for start, end in offsets]


def encode_prompt(tokenizer: Any, messages: Sequence[Message], max_tokens: int) -> list[int]:
    """Return the token ids that ask for the next assistant message; a longer prompt loses its beginning, never its question."""
    encoded = tokenizer.apply_chat_template(neutralise(messages, tokenizer), add_generation_prompt=True, tokenize=True, return_dict=True)
    return list(encoded["input_ids"])[-max_tokens:]
