"""Proofs about a finished training, found by other means than the training used."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assets.model.chat_template import IGNORED


def of_the_mask(
    answers: Sequence[Sequence[str]], labels: Sequence[Sequence[int]], is_long: Sequence[bool], tokenizer: Any, *, exact: bool = True
) -> dict[str, int]:
    """Return {n_examples, n_answer_tokens, n_wrong}: in how many examples the tokens with loss do not spell the assistant's answers.

    The labels are decoded to text and compared with the `answers` (with their end marks) of each chat, so this knows nothing of templates
    and masks. Only an example that `is_long` may end early, after a whole answer. Characters that the tokenizer cannot spell are left out
    of the comparison, as is white space when it is not to be `exact`: other families' templates put some of it under the loss.
    """
    wrong = tokens = 0
    for texts, row, may_be_cut in zip(answers, labels, is_long, strict=True):
        counted = [label for label in row if label != IGNORED]
        spelled = _compared(tokenizer.decode(counted, clean_up_tokenization_spaces=False), exact)
        known = [_compared(_spelled(text, tokenizer), exact) for text in texts]
        ends = range(1 if may_be_cut else len(known), len(known) + 1)
        tokens += len(counted)
        wrong += not any(spelled == "".join(known[:end]) for end in ends)
    return {"n_examples": len(answers), "n_answer_tokens": tokens, "n_wrong": wrong}


def _compared(text: str, exact: bool) -> str:
    return text if exact else "".join(text.split())


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
