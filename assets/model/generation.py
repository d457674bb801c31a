"""Answers of the base model, or of the base model with an adapter, to conversations."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from assets.corpus.template.tool_text import Row
from assets.model import chat_template


class GenerationSettings(BaseModel, frozen=True, extra="forbid"):
    """How answers are generated; always greedily."""

    max_new_tokens: int = Field(default=48, gt=0)
    max_prompt_tokens: int = Field(default=1024, gt=0, description="a longer prompt loses its beginning")
    batch_size: int = Field(default=16, gt=0, description="conversations answered together")
    n_threads: int = Field(default=2, gt=0)


def answer(
    base_folder: Path,
    adapter_folder: Path | None,
    conversations: Sequence[Sequence[Row]],
    settings: GenerationSettings,
    progress: Callable[[int, int], None] | None = None,
    *,
    tools: Sequence[str] | None = None,
) -> list[str]:
    """Return the next assistant message of each conversation, in input order, without control tokens and outer space.

    `tools` are those of each conversation (JSON); without it none has any.
    `progress` is called with (answered, all) after each batch. The same input gives the same answers.
    """
    import torch

    torch.manual_seed(0)
    torch.set_num_threads(settings.n_threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    tokenizer, form = chat_template.load(base_folder)
    model = load(base_folder, adapter_folder)
    chats = zip(conversations, tools or [chat_template.NO_TOOLS] * len(conversations), strict=True)
    prompts = [chat_template.encode_prompt(tokenizer, form, *chat, settings.max_prompt_tokens) for chat in chats]
    # Prompts of like length go together: padding is computed like any other token.
    by_length = sorted(range(len(prompts)), key=lambda index: (-len(prompts[index]), index))
    answers = [""] * len(prompts)
    for start in range(0, len(by_length), settings.batch_size):
        batch = by_length[start : start + settings.batch_size]
        for index, text in zip(batch, _generate(model, tokenizer, [prompts[i] for i in batch], settings), strict=True):
            answers[index] = text
        if progress:
            progress(start + len(batch), len(prompts))
    return answers


def load(base_folder: Path, adapter_folder: Path | None) -> Any:
    """Return the model on the GPU (bf16) if there is one, else on the CPU (fp32), with the adapter merged into its weights."""
    import torch
    from transformers import AutoModelForCausalLM

    on_gpu = torch.cuda.is_available()
    model: Any = AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.bfloat16 if on_gpu else torch.float32)
    if adapter_folder is not None:
        from peft import PeftModel

        model = PeftModel.from_pretrained(model, str(adapter_folder)).merge_and_unload()
    return model.to("cuda" if on_gpu else "cpu").eval()


def _generate(model: Any, tokenizer: Any, prompts: Sequence[list[int]], settings: GenerationSettings) -> list[str]:
    import torch

    width = max(len(prompt) for prompt in prompts)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    ids = torch.tensor([[pad] * (width - len(prompt)) + prompt for prompt in prompts], device=model.device)
    # Made by length, not by id: the pad token is the end-of-turn token, which stands in every prompt.
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in prompts], device=model.device)
    with torch.inference_mode():
        output = model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=settings.max_new_tokens, do_sample=False, num_beams=1, pad_token_id=pad
        )
    return [text.strip() for text in tokenizer.batch_decode(output[:, width:], skip_special_tokens=True)]
