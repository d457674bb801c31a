"""JSON answers: how a server is asked for them, how they are read, and what a model is told whose answer cannot be used."""

import json
import re
from functools import lru_cache
from typing import Any, Literal

from assets.conversations import inner_json
from assets.conversations.refusal import Refused

Mode = Literal["json_schema", "json_object", "none"]
NEXT: dict[Mode, Mode] = {"json_schema": "json_object", "json_object": "none"}
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# A bracket that a value may begin with. Where one does and cannot be read, nothing inside of it is taken for the answer.
_OPENING = re.compile(r"""\{(?=\s*["'}])|\[(?=\s*[\[{"'\]\-\dtfn])""")
_MAX_VALUES = 32  # that are read out of one answer
_MAX_PROBLEM = 400  # characters of what is said about an answer


class Unusable(Exception):
    """An answer that is not JSON of its schema. The message says where and why; it may quote the answer, so only the model is told."""


def response_format(mode: Mode, schema: str) -> dict[str, Any]:
    """Return the fields of the body that ask for JSON."""
    if mode == "none":
        return {}
    if mode == "json_object":
        return {"response_format": {"type": "json_object"}}
    parsed = json.loads(schema)
    named = {"name": "answer", "schema": parsed, "strict": _is_strict(parsed)}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def told(messages: tuple[tuple[str, str], ...], schema: str) -> tuple[tuple[str, str], ...]:
    """Return the messages with the schema at the end of the last one, for servers that cannot hold a model to it."""
    *before, (role, content) = messages
    return (*before, (role, f"{content}\n\nAnswer with JSON only, without any other text. It must follow this JSON Schema:\n{schema}"))


def corrected(messages: tuple[tuple[str, str], ...], answer: str | None, problem: str, schema: str) -> tuple[tuple[str, str], ...]:
    """Return the messages that ask once more, naming what was wrong with `answer`."""
    again = f"This answer cannot be used: {problem}\nGive the whole answer again, as JSON only. It must follow this JSON Schema:\n{schema}"
    return (*messages, ("assistant", answer or ""), ("user", again))


def parse(text: str | None, schema: str) -> Any:
    """Return the one value in `text` that is valid under `schema`; what stands around it is dropped where no other reading is left.

    Raises Unusable.
    """
    if not text or not text.strip():
        raise Unusable("it is empty")
    plain = _THOUGHT.sub("", text, count=1)
    problems: list[str] = []
    valid: dict[str, Any] = {}
    for value in _values(plain, problems):
        problem = _problem(value, schema)
        if problem is None:
            valid[inner_json.dumps(value)] = value
        else:
            problems.append(problem)
    if len(valid) == 1:
        return next(iter(valid.values()))
    problem = "it holds several JSON values" if valid else problems[-1]
    raise Unusable(problem[:_MAX_PROBLEM])


def _values(text: str, problems: list[str]) -> list[Any]:
    """Return the JSON values in `text`: it as a whole where it is one, else the objects and lists that stand in it side by side."""
    try:
        return [inner_json.loads(text)]
    except Refused as refused:
        problems.append(f"not JSON: {refused.reason}")
    found, position = [], 0
    for _ in range(_MAX_VALUES):
        opening = _OPENING.search(text, position)
        if opening is None:
            break
        try:
            read = inner_json.read(text[opening.start() :])
        except Refused as refused:
            problems.append(f"not JSON: {refused.reason}")
            return []
        found.append(read.value)
        position = len(text) - len(read.rest)
    return found


def _problem(value: Any, schema: str) -> str | None:
    from jsonschema.exceptions import best_match

    if _SURROGATE.search(inner_json.dumps(value)):
        return "it holds half of a surrogate pair"
    error = best_match(_validator(schema).iter_errors(value))
    return None if error is None else f"at {error.json_path}: {error.message}"


@lru_cache(maxsize=32)
def _validator(schema: str) -> Any:
    from jsonschema import Draft202012Validator
    from referencing import Registry

    return Draft202012Validator(json.loads(schema), registry=Registry())  # an empty registry: nothing is fetched


def _is_strict(schema: Any) -> bool:
    """Tell whether OpenAI's strict mode takes a schema: every object closed, and all its properties required."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties") or {}
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
    return all(map(_is_strict, schema.values()))
