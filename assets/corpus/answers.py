"""Phrase questions about a chunk, and take their answers from its documentation."""

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

from blake3 import blake3

from assets.corpus.chunks import comments, docstrings
from assets.corpus.chunks.docstrings import Part

Shape = Literal["purpose", "returns", "parameters", "raises", "example", "docstring", "signature"]
UNFINISHED = re.compile(r"(?:[:,]|\b(?:an?|and|are|as|by|follows|is|of|or|the|to|with))\Z")  # announces what is not in the answer


class Pair(NamedTuple):
    """A question about a chunk and its answer; text[span_start:span_end] of the chunk is what the answer was taken from."""

    shape: str
    question: str
    answer: str
    span_start: int
    span_end: int


_FENCE_NAMES = {"C++": "cpp", "Python": "python", "Java": "java", "JavaScript": "javascript"}
_PHRASES: dict[str, tuple[str, ...]] = {
    "purpose": ("What does `{name}` in {path} do?", "Explain what `{name}` ({path}) is for.", "Summarise what this {kind} does."),
    "returns": ("What does `{name}` return?", "Describe the return value of this {kind}.", "What do I get back from `{name}`?"),
    "parameters": ("What are the parameters of `{name}`?", "Describe the parameters of this {kind}.", "What does `{name}` take?"),
    "raises": ("Which errors does `{name}` raise, and when?", "When does `{name}` fail, and with which exception?"),
    "example": ("Show an example of how to use `{name}`.", "How do I use `{name}`?"),
    "docstring": ("Write the {doc} of `{name}`.", "Document this {kind}: write its {doc}."),
    "signature": ("Write the {language} declaration of `{name}`, documented as:", "Declare `{name}` in {language} to fit this:"),
}


def about(chunk: dict[str, Any], shapes: Sequence[Shape], min_words: int, max_words: int) -> Iterator[Pair]:
    """Yield the pairs for one row of `cleaned_chunks` that has a docstring; none when the docstring says nothing."""
    start, end = chunk["docstring_start"], chunk["docstring_end"]
    parts = docstrings.parse(chunk["text"], start, end, chunk["language"])
    summary = next((part for part in parts if part.kind == "paragraph"), None)
    if summary is None or docstrings.says_nothing(summary.text, chunk["name"], min_words=min_words):
        return
    context = code_without_docstring(chunk)
    for shape in shapes:
        answer = _ANSWERS[shape](parts, chunk, max_words)
        if answer is not None:
            text, first, last = answer
            shown = _signature_context(chunk, parts) if shape == "signature" else context
            yield Pair(shape, f"{_phrase(shape, chunk)}\n\n{shown}", text, first, last)


def _phrase(shape: str, chunk: dict[str, Any]) -> str:
    """Return one of the wordings of a question, always the same one for the same chunk."""
    wordings = _PHRASES[shape]
    choice = blake3(f"{shape}{chunk['id']}".encode()).digest()[0] % len(wordings)
    doc = "docstring" if chunk["language"] == "Python" else "documentation comment"
    return wordings[choice].format(name=chunk["name"], path=chunk["path"], kind=chunk["kind"], doc=doc, language=chunk["language"])


_OPEN_ACCESS = re.compile(r"\b(?:public|private|protected):\Z")  # the head of a C++ class stops where its members begin


def code_without_docstring(chunk: dict[str, Any]) -> str:
    """Return the chunk's code as a fenced block, without its documentation, indented as if it stood alone."""
    text, start, end = chunk["text"], chunk["docstring_start"], chunk["docstring_end"]
    line, rest = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    alone = not text[line:start].strip() and not text[end : rest if rest >= 0 else len(text)].strip()
    code = text[:line] + (text[rest + 1 :] if rest >= 0 else "") if alone else text[:start] + text[end:]
    return fenced(textwrap.dedent(_OPEN_ACCESS.sub("", code.rstrip()).rstrip()).strip("\n"), chunk["language"])


def fenced(code: str, language: str | None) -> str:
    """Return a Markdown code block, with a fence longer than any in the code."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`{3,}", code)), default=0))
    return f"{fence}{_FENCE_NAMES.get(language or '', '')}\n{code}\n{fence}"


Answer = tuple[str, int, int]  # text, first and one past the last character of its source in the chunk's text
_MARKUP = (
    (re.compile(r":(?:py:|cpp:|c:|js:)?[a-z]+:`~?([^`<>\n]+?)(?:\s*<[^`]*>)?`"), r"`\1`"),
    (re.compile(r"``([^`\n]+)``"), r"`\1`"),
    (re.compile(r"\{@(?:code|link|linkplain|literal)\s+([^{}]*)\}"), r"`\1`"),
    (re.compile(r"[\\@][cp]\s+([\w:.]+)"), r"`\1`"),
    (re.compile(r"[\\@](?:ref|link|a|e|em|b)\s+"), ""),
    (re.compile(r"</?(?:p|b|i|em|tt|code|strong|br|ul|li)\s*/?>"), ""),
    (re.compile(r"\s*\[\w+\]_"), ""),
)
_BULLET = re.compile(r"[ \t]*(?:[-*+•]|\d+[.)])[ \t]+\S")


def tidy(text: str) -> str:
    """Return prose with its whitespace normalised and the marks of reST, Javadoc and Doxygen taken off; list items keep their lines."""
    lines: list[str] = []
    for line in text.splitlines():
        words = " ".join(line.split())
        if lines and not _BULLET.match(line):
            lines[-1] = f"{lines[-1]} {words}".strip()
        else:
            lines.append(words)
    tidied = "\n".join(lines)
    for pattern, replacement in _MARKUP:
        tidied = pattern.sub(replacement, tidied)
    return tidied.strip()


def _described(parts: list[Part], kind: str) -> list[Part]:
    return [part for part in parts if part.kind == kind]


def _purpose(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer:
    """Return the first paragraphs: as many as the longest answer allows, at least one, and none that announces what is left out."""
    chosen: list[Part] = []
    n_words = 0
    for part in _described(parts, "paragraph"):
        n_words += len(part.text.split())
        if chosen and (n_words > max_words or docstrings.says_nothing(part.text, "", min_words=1)):
            break
        chosen.append(part)
    while len(chosen) > 1 and UNFINISHED.search(chosen[-1].text):
        chosen.pop()
    return "\n\n".join(tidy(part.text) for part in chosen), chosen[0].start, chosen[-1].end


def _returns(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer | None:
    found = _described(parts, "returns")
    return (" ".join(tidy(part.text) for part in found), found[0].start, found[-1].end) if found else None


def _parameters(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer | None:
    return _listed(_described(parts, "parameter"))


def _raises(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer | None:
    return _listed(_described(parts, "raises"))


def _listed(found: list[Part]) -> Answer | None:
    """Return a list of names with their descriptions; the span starts at the first name."""
    if not found:
        return None
    items = [f"- `{part.name}`: {_one_line(part.text)}" if part.name else f"- {_one_line(part.text)}" for part in found]
    return "\n".join(items), found[0].name_start, found[-1].end


def _one_line(text: str) -> str:
    return " ".join(tidy(text).split())


def _example(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer | None:
    found = next(iter(_described(parts, "example")), None)
    return None if found is None else (fenced(textwrap.dedent(found.text), chunk["language"]), found.start, found.end)


def _docstring(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer | None:
    """Return the whole documentation as written, when it has more than prose: that alone is asked for as the purpose."""
    text, start, end = chunk["text"], chunk["docstring_start"], chunk["docstring_end"]
    structured = any(part.kind != "paragraph" for part in parts)
    whole = comments.is_closed(text, start, end, is_python=chunk["language"] == "Python")
    if not structured or not whole:
        return None
    if chunk["language"] == "Python":
        return docstrings.clean(text, start, end, "Python"), start, end
    line = text[text.rfind("\n", 0, start) + 1 : start]  # a comment keeps its marks: they are what is asked for
    return fenced(textwrap.dedent(line + text[start:end]), chunk["language"]), start, end


def _signature(parts: list[Part], chunk: dict[str, Any], max_words: int) -> Answer | None:
    """Return the declaration, when the documentation names the parameters: only then can it be told from it."""
    signature = chunk["signature"]
    at = chunk["text"].find(signature) if signature else -1
    if at < 0 or chunk["kind"] == "class" or not _described(parts, "parameter"):
        return None
    return fenced(textwrap.dedent(signature), chunk["language"]), at, at + len(signature)


def _signature_context(chunk: dict[str, Any], parts: list[Part]) -> str:
    shown = [part for part in parts if part.kind in ("parameter", "returns")]
    summary = tidy(next(part.text for part in parts if part.kind == "paragraph"))
    items = [f"- {'returns' if part.kind == 'returns' else f'`{part.name}`'}: {_one_line(part.text)}" for part in shown]
    return "\n".join([summary, "", *items])


_ANSWERS: dict[str, Callable[[list[Part], dict[str, Any], int], Answer | None]] = {
    "purpose": _purpose,
    "returns": _returns,
    "parameters": _parameters,
    "raises": _raises,
    "example": _example,
    "docstring": _docstring,
    "signature": _signature,
}
