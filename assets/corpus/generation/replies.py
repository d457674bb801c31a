"""Read what a model replied; what cannot be used has a reason, in the words of the ledger."""

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from assets.corpus.chat import unescape_control_tokens
from assets.corpus.generation.completions import Completion


class Asked(BaseModel):
    """One question of a reply."""

    model_config = ConfigDict(strict=True)

    kind: str
    question: str


class Questions(BaseModel):
    """The reply to a request for questions."""

    model_config = ConfigDict(strict=True)

    questions: list[Asked]


class Answer(BaseModel):
    """The reply to a question. The lines are counted from 1 over all that was shown, both included."""

    model_config = ConfigDict(strict=True)

    answer: str
    first_line: int
    last_line: int
    answerable: bool


class Judgement(BaseModel):
    """The reply of a judge."""

    model_config = ConfigDict(strict=True)

    supported: bool
    answers_question: bool


Reply = TypeVar("Reply", Questions, Answer, Judgement)


def read(completion: Completion, form: type[Reply]) -> Reply | str:
    """Return the reply, or why there is none: the completion's own reason, or "invalid_reply" for data of another form."""
    if completion.error is not None:
        return completion.error
    try:
        return form.model_validate(completion.data)
    except ValidationError:  # its message would quote the reply
        return "invalid_reply"


def question_text(question: str) -> str:
    """Return a question as it was meant: on one line, and with the control tokens that were escaped for the model."""
    return " ".join(_valid(unescape_control_tokens(question)).split())


def answer_text(answer: str) -> str:
    """Return an answer as it was meant: without blanks around it, and with the control tokens that were escaped for the model."""
    return _valid(unescape_control_tokens(answer)).replace("\r\n", "\n").strip()


def _valid(text: str) -> str:
    """Return text without half characters, which JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()
