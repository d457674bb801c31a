"""Questions and answers on their way through the gates, and the rows that come of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from assets import ledger, passport
from assets.corpus.answers import fenced
from assets.corpus.generation.grouping import Chunk, Group
from assets.corpus.generation.lines import Span
from assets.corpus.questions import SCHEMA

GENERATOR = "llm"


class Verdict(NamedTuple):
    """Why something is dropped: the rule, and its score and threshold where it has them; the detail never quotes a text."""

    rule: str
    score: float | None = None
    threshold: float | None = None
    detail: str = ""


class Dropped(NamedTuple):
    """A row of the ledger: a question or answer (the id that the pair would have had), or a chunk about which nothing could be asked."""

    id: str
    rule: str
    score: float | None
    threshold: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question about a group, `asked` as the number so many of its group and turn; `before` are the pairs of its dialogue so far."""

    group: Group
    kind: str
    text: str
    asked: int
    before: tuple["Pair", ...] = ()

    @property
    def turn(self) -> int:
        """0 for the first question of a conversation."""
        return len(self.before)

    @property
    def id(self) -> str:
        """The name of the pair: by the ids of all chunks that are shown, so that one which changes retires it."""
        of = [self.before[0].question.id] if self.before else [chunk.id for chunk in self.group.chunks]
        return passport.row_id("qa_pairs", GENERATOR, " ".join(of), str(self.turn), str(self.asked), self.text)

    def dropped(self, verdict: Verdict) -> Dropped:
        """Return the ledger row for this question or its answer."""
        return Dropped(self.id, *verdict[:3], "; ".join(filter(None, [_where(self.group), self.kind, verdict.detail])))


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with its answer and the span that supports it; lines count over all that was shown, from 1."""

    question: Question
    answer: str
    span: Span
    lines: tuple[int, int]
    model: str | None
    quality: float = 0.0

    @property
    def cited(self) -> str:
        """The text that supports the answer."""
        return self.question.group.chunks[self.span.chunk].text[self.span.start : self.span.end]


def chunks_dropped(group: Group, verdict: Verdict) -> list[Dropped]:
    """Return a ledger row for each chunk of a group."""
    detail = "; ".join(filter(None, [_where(group), verdict.detail]))
    return [Dropped(chunk.id, *verdict[:3], detail) for chunk in group.chunks]


def _where(group: Group) -> str:
    return f"{group.chunks[0].repository}:{group.chunks[0].path}"


def ledger_rows(dropped: Iterable[Dropped]) -> pl.DataFrame:
    """Return the ledger of what was dropped."""
    schema = {"id": pl.String, "rule": pl.String, "score": pl.Float64, "threshold": pl.Float64, "detail": pl.String}
    rows = pl.DataFrame(list(dropped), schema=schema, orient="row")
    return ledger.entries(rows, pl.col("rule"), score=pl.col("score"), threshold=pl.col("threshold"), detail=pl.col("detail"))


def rows(pairs: Sequence[Pair]) -> pl.DataFrame:
    """Return rows of qa_pairs. The first parent holds the span, the others are what else was shown."""
    return pl.DataFrame([_row(pair) for pair in pairs], schema=SCHEMA, orient="row")


def _row(pair: Pair) -> dict[str, Any]:
    question, chunks = pair.question, pair.question.group.chunks
    source = chunks[pair.span.chunk]
    return {
        "id": question.id,
        "parent_ids": [source.id, *(chunk.id for chunk in chunks if chunk.id != source.id)],
        "repository": source.repository,
        "path": source.path,
        "language": source.language,
        "license": source.license,
        "kind": source.kind,
        "generator": f"{GENERATOR}:{pair.model}" if pair.model else GENERATOR,
        "shape": question.kind,
        "dialogue": question.before[0].question.id if question.before else question.id,
        "turn": question.turn,
        "question": question.text,
        "context": None if question.before else context(question.group),
        "answer": pair.answer,
        "span_start": pair.span.start,
        "span_end": pair.span.end,
        "sample_quality_score": pair.quality,
    }


def context(group: Group) -> str:
    """Return what is shown with the first question: each text under its path and name, code in a fenced block."""
    return "\n\n".join(_shown(chunk) for chunk in group.chunks)


def _shown(chunk: Chunk) -> str:
    text = fenced(chunk.text.strip("\n"), chunk.language) if chunk.kind == "code" else chunk.text.strip("\n")
    return f"{chunk.path}, {chunk.name}:\n\n{text}"
