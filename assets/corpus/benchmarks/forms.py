"""From a published row to prompt, solution, tests and other texts."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from assets.corpus.benchmarks.settings import BenchmarkColumns


class Problem(NamedTuple):
    """What a row of a set says."""

    task_id: str | None
    prompt: str | None
    solution: str | None
    tests: str | None
    texts: list[str]


def of_columns(row: Mapping[str, Any], columns: BenchmarkColumns) -> Problem:
    """Return what the named columns hold; None where there is nothing."""
    texts = [text for name in columns.texts if (text := as_text(_at(row, name)))]
    prompt, solution, tests = (_first(row, names) for names in (columns.prompt, columns.solution, columns.tests))
    return Problem(_first(row, columns.task_id), prompt, solution, tests, texts)


def of_bfcl(row: Mapping[str, Any], answers: Mapping[str, Any]) -> Problem:
    """Return a question of BFCL: what its users say, the declared functions, and the first admissible calls as the solution.

    `answers` are the values of `ground_truth` by id: lists of {function: {argument: [admissible values]}}, where "" is left out.
    """
    task_id = as_text(row.get("id"))
    turns = [turn for part in _list(row.get("question")) for turn in _list(part)]
    said = [as_text(turn.get("content")) for turn in turns if isinstance(turn, dict) and turn.get("role") == "user"]
    calls = [call for part in _list(answers.get(task_id or "")) for call in _calls(part)]
    functions = [text for part in _list(row.get("function")) if (text := as_text(part))]
    return Problem(task_id, "\n".join(filter(None, said)) or None, "\n".join(calls) or None, None, functions)


def as_text(value: Any) -> str | None:
    """Return a value of JSON as text: lists of strings as lines, other lists and objects as JSON. None for nothing."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "\n".join(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace").decode()  # half of a surrogate pair becomes a question mark


def _first(row: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((text for name in names if (text := as_text(_at(row, name))) is not None), None)


def _at(row: Mapping[str, Any], name: str) -> Any:
    value: Any = row
    for part in [name] if name in row else name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _calls(part: Any) -> list[str]:
    if not isinstance(part, dict):
        return []
    return [json.dumps({"name": name, "arguments": _arguments(given)}, ensure_ascii=False) for name, given in part.items()]


def _arguments(given: Any) -> dict[str, Any]:
    values = (
        {name: admissible[0] for name, admissible in given.items() if isinstance(admissible, list) and admissible}
        if isinstance(given, dict)
        else {}
    )
    return {name: value for name, value in values.items() if value != ""}
