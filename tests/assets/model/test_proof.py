from typing import Any

from assets.model import proof
from assets.model.chat_template import IGNORED, encode

CHAT = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "Straße, \x1d😀 yes"}]


def wrong(tokenizer: Any, labels: list[int], max_tokens: int = 1_000) -> int:
    return proof.of_the_mask([CHAT], [labels], tokenizer, max_tokens)["n_wrong"]


def test_only_the_answer_and_its_end_pass(tokenizer: Any) -> None:
    ids, labels = encode(tokenizer, CHAT, 1_000)
    first = next(index for index, label in enumerate(labels) if label != IGNORED)
    last = max(index for index, label in enumerate(labels) if label != IGNORED)
    assert wrong(tokenizer, labels) == 0
    assert wrong(tokenizer, ids) == 1
    assert wrong(tokenizer, [IGNORED] * len(ids)) == 1
    assert wrong(tokenizer, [*labels[:first], IGNORED, *labels[first + 1 :]]) == 1
    assert wrong(tokenizer, [*labels[:last], IGNORED, *labels[last + 1 :]]) == 1
    assert wrong(tokenizer, [*labels[: first - 1], ids[first - 1], *labels[first:]]) == 1


def test_cut_answer_passes_wherever_it_is_cut(tokenizer: Any) -> None:
    _, labels = encode(tokenizer, CHAT, 1_000)
    first = next(index for index, label in enumerate(labels) if label != IGNORED)
    for n_tokens in range(first + 1, len(labels)):
        assert wrong(tokenizer, encode(tokenizer, CHAT, n_tokens)[1], n_tokens) == 0, n_tokens
