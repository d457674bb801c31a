"""A scripted model: a function of the request, as a real one at temperature 0 is; it knows some facts, and asks about those it sees."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import polars as pl

from assets import passport
from assets.corpus.chunks.chunking import SCHEMA
from assets.corpus.generation.completions import Completion, Request

_LINE = re.compile(r"^(\d+)\| (.*)$", re.MULTILINE)
_QUESTION = re.compile(r'(?:Answer this question from the text alone|Somebody was asked): (".*")$', re.MULTILINE)


class Fact(NamedTuple):
    """What the model asks and answers when a line that it is shown holds `needle`."""

    needle: str
    question: str
    answer: str
    kind: str = "what"


def lines_of(request: Request) -> dict[int, str]:
    """Return the numbered lines that a request shows."""
    return {int(number): line for number, line in _LINE.findall(request.messages[-1][1])}


def what_of(request: Request) -> str:
    """Return what a request asks for: questions, follow_up, answer or judgement."""
    properties = json.loads(request.schema or "{}")["properties"]
    if "questions" in properties:
        return "follow_up" if "would ask next" in request.messages[-1][1] else "questions"
    return "answer" if "answerable" in properties else "judgement"


def question_of(request: Request) -> str:
    """Return the question that a request is about."""
    found = _QUESTION.search(request.messages[-1][1])
    assert found is not None
    return json.loads(found[1])


class ScriptedModel:
    """A `Complete`: `failing` and `replying` may put an error or other data in the place of what the facts give."""

    def __init__(
        self,
        facts: Sequence[Fact],
        failing: Callable[[Request], str | None] = lambda request: None,
        replying: Callable[[Request, Any], Any] = lambda request, data: data,
        model: str | None = "scripted-1",
    ) -> None:
        self.facts, self.failing, self.replying, self.model = facts, failing, replying, model
        self.calls: list[list[Request]] = []

    def __call__(self, requests: Sequence[Request]) -> list[Completion]:
        self.calls.append(list(requests))
        return [self._complete(request) for request in requests]

    def _complete(self, request: Request) -> Completion:
        error = self.failing(request)
        if error is not None:
            return Completion(None, None, None, self.model, error)
        data = self.replying(request, self._data(request))
        return Completion(json.dumps(data), data, "stop", self.model, None)

    def _data(self, request: Request) -> Any:
        what, shown = what_of(request), lines_of(request)
        if what == "judgement":
            return {"supported": True, "answers_question": True}
        if what == "answer":
            fact = next(fact for fact in self.facts if fact.question == question_of(request))
            line = next((number for number, text in shown.items() if fact.needle in text), 0)
            return {"answer": fact.answer, "first_line": line, "last_line": line, "answerable": line > 0}
        known = [fact for fact in self.facts if any(fact.needle in text for text in shown.values())]
        if what == "follow_up":
            known = [fact for fact in known if json.dumps(fact.question) not in request.messages[-1][1]]
        return {"questions": [{"kind": fact.kind, "question": fact.question} for fact in known]}


TILL = (
    Fact("Put a coin", "What does `Till.add` do with a coin?", "It puts the coin into the drawer, as often as wanted."),
    Fact("self.coins +=", "How does `Till.add` keep the coins?", "It appends the coin `times` times to `self.coins`.", "how"),
    Fact("raise ValueError", "What does `Till.take` raise when the drawer is empty?", "It raises a `ValueError`.", "edge_case"),
    Fact("copper", "Which coins does the museum lend to schools?", "It lends copper coins to schools for a month."),
    Fact("Silver coins stay", "Why do silver coins stay behind glass?", "Because silver coins were stolen in 1987.", "why"),
)
ADD = 'def add(self, coin, times=1):\n    """Put a coin into the drawer, as often as wanted."""\n    self.coins += [coin] * times\n'
TAKE = "def take(self):\n    # The drawer may be empty.\n    if not self.coins:\n        raise ValueError\n    return self.coins.pop()\n"
LOANS = "## Loans\n\nThe museum lends copper coins to schools, for a month at a time.\n"
GLASS = "## Glass\n\nSilver coins stay behind glass, because silver coins were stolen in 1987.\n"


class Source(NamedTuple):
    """The text of a chunk of a file, or of a section when the kind is "section"."""

    path: str
    name: str
    text: str
    kind: str = "method"
    n_tokens: int = 40


SOURCES = (
    Source("till.py", "Till.add", ADD),
    Source("till.py", "Till.take", TAKE),
    Source("museum.pdf", "Loans", LOANS, "section"),
    Source("museum.pdf", "Glass", GLASS, "section"),
)


def make_chunks(sources: Sequence[Source] = SOURCES) -> pl.DataFrame:
    """Return rows of cleaned_chunks, those of a file one after another."""
    rows, at = [], dict.fromkeys((source.path for source in sources), 0)
    for source in sources:
        start = 0 if source.kind == "section" else at[source.path]
        at[source.path] += len(source.text) + 1
        rows.append(
            {
                "id": passport.row_id("cleaned_chunks", source.path, source.name, source.text),
                "parent_ids": [passport.row_id("parent", source.path)],
                "repository": "museum",
                "path": source.path,
                "language": "Markdown" if source.kind == "section" else "Python",
                "license": "MIT",
                "kind": source.kind,
                "name": source.name,
                "part": 0,
                "imports": [],
                "start_line": 1,
                "end_line": max(1, source.text.count("\n")),
                "start_char": start,
                "end_char": start + len(source.text),
                "n_tokens": source.n_tokens,
                "text": source.text,
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
