from pathlib import Path
from typing import Any

import pytest

from assets.model.generation import GenerationSettings, answer, load

SETTINGS = GenerationSettings(max_new_tokens=8, batch_size=3, n_threads=1)
CONVERSATIONS = [[{"role": "user", "content": "word " * n}] for n in (3, 40, 1, 17, 9, 28, 2)]


def test_answers_come_in_input_order_whatever_the_batches(tiny_base: Path) -> None:
    seen: list[tuple[int, int]] = []
    batched = answer(tiny_base, None, CONVERSATIONS, SETTINGS, lambda done, n: seen.append((done, n)))
    alone = [answer(tiny_base, None, [conversation], SETTINGS)[0] for conversation in CONVERSATIONS]
    assert batched == alone
    assert len(set(batched)) > 1
    assert seen == [(3, 7), (6, 7), (7, 7)]
    assert answer(tiny_base, None, CONVERSATIONS, SETTINGS) == batched
    assert answer(tiny_base, None, [], SETTINGS) == []


def test_adapter_changes_the_answers(tiny_base: Path, tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    model: Any = get_peft_model(load(tiny_base, None), LoraConfig(target_modules=["q_proj", "o_proj"], init_lora_weights=False))
    for parameter in model.parameters():
        parameter.data *= 3
    model.save_pretrained(tmp_path)
    assert answer(tiny_base, tmp_path, CONVERSATIONS, SETTINGS) != answer(tiny_base, None, CONVERSATIONS, SETTINGS)


@pytest.mark.slow
def test_real_model_answers(real_base: Path) -> None:
    question = [{"role": "user", "content": "What is the capital of France? Answer with one word."}]
    assert "Paris" in answer(real_base, None, [question], SETTINGS)[0]
