"""What the chat server says to the corpus: a function of what it is shown, as a real model at temperature 0 is; all of it is grounded."""

import json
import re
from typing import Any

from assets.corpus.generation.completions import Request
from tests.assets.corpus.generation.scripted_model import lines_of, question_of, what_of

_NAMED = 3
_WORD = re.compile(r"[A-Za-z_]{5,}")
_ASKED = re.compile(r"^Write (\d+) questions", re.MULTILINE)


def says(body: dict[str, Any]) -> str:
    """The answer to a call, from its numbered lines and its schema."""
    request = request_of(body)
    what = what_of(request)
    if what == "judgement":
        return json.dumps({"supported": True, "answers_question": True})
    if what == "answer":
        return json.dumps(_answer(request))
    asked = [question for line in lines_of(request).values() if (question := _question(line))]
    if what == "follow_up":
        said = request.messages[-1][1]
        return json.dumps({"questions": [_named("how", question) for question in asked if json.dumps(question) not in said][:1]})
    found = _ASKED.search(request.messages[-1][1])
    assert found is not None
    return json.dumps({"questions": [_named("what", question) for question in asked[: int(found[1])]]})


def request_of(body: dict[str, Any]) -> Request:
    """The request that a call belongs to, whichever attempt it is."""
    messages = tuple((message["role"], message["content"]) for message in body["messages"][:2])
    return Request(messages, json.dumps(body["response_format"]["json_schema"]["schema"]), 0)


def _named(kind: str, question: str) -> dict[str, str]:
    return {"kind": kind, "question": question}


def _words(line: str) -> list[str]:
    return list(dict.fromkeys(_WORD.findall(line)))


def _question(line: str) -> str | None:
    """Ask about a line by its first words, so that the others are the answer."""
    known = _words(line)
    return f"What is said about {', '.join(known[:_NAMED])}?" if len(known) > _NAMED else None


def _answer(request: Request) -> dict[str, Any]:
    asked = question_of(request)
    number, line = next((number, line) for number, line in lines_of(request).items() if _question(line) == asked)
    return {"answer": line.strip(' #"'), "first_line": number, "last_line": number, "answerable": True}
