from typing import Any

from assets.corpus.template.rendering import Form
from assets.model import proof
from assets.model.chat_template import IGNORED, NO_TOOLS, encode

CHAT = [
    {"role": "user", "content": "a"},
    {"role": "assistant", "content": "Straße, \x1d😀 yes"},
    {"role": "user", "content": "b"},
    {"role": "assistant", "content": "c"},
]
ANSWERS = ["Straße, \x1d😀 yes<|im_end|>", "c<|im_end|>"]


def wrong(tokenizer: Any, labels: list[int], is_long: bool = False) -> int:
    return proof.of_the_mask([ANSWERS], [labels], [is_long], tokenizer)["n_wrong"]


def test_only_the_answers_and_their_ends_pass(tokenizer: Any, form: Form) -> None:
    ids, labels = encode(tokenizer, form, CHAT, NO_TOOLS, 1_000)
    first = next(index for index, label in enumerate(labels) if label != IGNORED)
    last = max(index for index, label in enumerate(labels) if label != IGNORED)
    assert wrong(tokenizer, labels) == 0
    assert wrong(tokenizer, ids) == 1
    assert wrong(tokenizer, [IGNORED] * len(ids)) == 1
    assert wrong(tokenizer, [*labels[:first], IGNORED, *labels[first + 1 :]]) == 1
    assert wrong(tokenizer, [*labels[:last], IGNORED, *labels[last + 1 :]]) == 1
    assert wrong(tokenizer, [*labels[: first - 1], ids[first - 1], *labels[first:]]) == 1


def test_long_chat_may_end_after_a_whole_answer_only(tokenizer: Any, form: Form) -> None:
    ids, labels = encode(tokenizer, form, CHAT, NO_TOOLS, 1_000)
    end = labels.index(tokenizer.eos_token_id) + 1
    for n_tokens in range(1, len(labels)):
        is_whole = end <= n_tokens and not any(label != IGNORED for label in labels[end:n_tokens])
        is_all = n_tokens == len(ids) - 1
        assert wrong(tokenizer, labels[:n_tokens], is_long=True) == (0 if is_whole or is_all else 1), n_tokens
    assert wrong(tokenizer, labels[:end]) == 1
