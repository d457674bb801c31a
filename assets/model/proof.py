"""Proofs about a finished training, found by other means than the training used."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.model.chat_template import IGNORED, Message


def of_the_mask(messages: Sequence[Sequence[Message]], labels: Sequence[Sequence[int]], tokenizer: Any, max_tokens: int) -> dict[str, int]:
    """Return {n_examples, n_answer_tokens, n_wrong}: in how many examples the tokens with loss do not spell the assistant's answers.

    The labels are decoded to text and compared with the messages, so this knows nothing of templates and masks. Only an example that
    was cut at `max_tokens` may end early. Characters that the tokenizer cannot spell are left out of the comparison.
    """
    wrong = tokens = 0
    for chat, row in zip(messages, labels, strict=True):
        counted = [label for label in row if label != IGNORED]
        spelled = tokenizer.decode(counted, clean_up_tokenization_spaces=False)
        contents = [_spelled(message["content"], tokenizer) for message in chat if message["role"] == "assistant"]
        answers = "".join(content + tokenizer.eos_token for content in contents)
        tokens += len(counted)
        # The last token of a cut answer may hold only some bytes of a character, which decode to a replacement mark.
        is_cut = len(row) == max_tokens and spelled != "" and answers.startswith(spelled.rstrip("\ufffd"))
        wrong += not (spelled == answers or is_cut)
    return {"n_examples": len(messages), "n_answer_tokens": tokens, "n_wrong": wrong}


def _spelled(text: str, tokenizer: Any) -> str:
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return str(tokenizer.decode(ids, clean_up_tokenization_spaces=False))


def reloaded_loss(
    base_folder: Path, adapter_folder: Path, ids: Sequence[Sequence[int]], labels: Sequence[Sequence[int]], batch_size: int
) -> float:
    """Return the validation loss (nats per answer token) of the adapter as loaded from its files.

    A mean over batches weighted by their examples, as the trainer computes its eval_loss.
    """
    import torch

    from assets.model.generation import load

    model = load(base_folder, adapter_folder)
    place, losses, sizes = model.device, [], []
    for start in range(0, len(ids), batch_size):
        batch = [torch.tensor(row) for row in ids[start : start + batch_size]]
        marked = [torch.tensor(row) for row in labels[start : start + batch_size]]
        inputs = torch.nn.utils.rnn.pad_sequence(batch, batch_first=True, padding_value=0)
        targets = torch.nn.utils.rnn.pad_sequence(marked, batch_first=True, padding_value=IGNORED)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones_like(row) for row in batch], batch_first=True)
        with torch.inference_mode():
            losses.append(float(model(input_ids=inputs.to(place), attention_mask=mask.to(place), labels=targets.to(place)).loss))
        sizes.append(len(batch))
    return sum(loss * size for loss, size in zip(losses, sizes, strict=True)) / sum(sizes)
