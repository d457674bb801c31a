"""Whether the arguments of calls are what the tool's JSON Schema asks for. The schemas are other people's: nothing of them is trusted.

- nothing is fetched: a `$ref` leads to the schema itself or nowhere;
- `pattern` and `patternProperties` run on RE2, which takes linear time;
- each conversation has a budget of steps, so that schemas that call themselves, or multiply, end;
- a schema that cannot be used (it leads nowhere, is no JSON Schema, needs look-ahead or `unevaluatedProperties`, costs too much) checks
  nothing: its calls are counted as unchecked, never as invalid.

Schemas are read as Draft 2020-12, which for tools is a superset of what their authors mean.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Literal

from assets.conversations.canonical import Call, Tool
from assets.conversations.inner_json import dumps

Verdict = Literal["valid", "invalid", "unchecked"]


class _Unusable(Exception):
    """A schema that cannot be used."""


class Checker:
    """Checks calls; each distinct schema is compiled once. What is known of a conversation does not depend on those before it."""

    def __init__(self, max_steps: int) -> None:
        """A conversation whose checks take more than `max_steps` (keywords and elements looked at) is unchecked from there on."""
        from jsonschema import Draft202012Validator, validators

        own = {
            "pattern": self._pattern,
            "patternProperties": self._pattern_properties,
            "unevaluatedProperties": _refuse,
            "unevaluatedItems": _refuse,
        }
        keywords: dict[str, Any] = {**Draft202012Validator.VALIDATORS, **own}
        counted = {name: partial(self._counted, name, keyword) for name, keyword in keywords.items()}
        self._validator = validators.extend(Draft202012Validator, counted)
        self._max_steps, self._steps = max_steps, 0
        self._compiled: dict[str, Any] = {}
        self._sound: dict[str, bool] = {}
        self._patterns: dict[str, Any] = {}

    def verdicts(self, calls: list[Call], tools: dict[str, Tool]) -> list[Verdict]:
        """Return what is known of the arguments of each call of a conversation."""
        self._steps = 0
        return [self.check(call, tools) for call in calls]

    def check(self, call: Call, tools: dict[str, Tool]) -> Verdict:
        """Return what is known of a call's arguments; `tools` are by name. Arguments that are no object are invalid for any tool."""
        if not isinstance(call.arguments, dict):
            return "invalid"
        tool = tools.get(call.name)
        schema = tool["function"].get("parameters") if tool else None
        if schema is None:
            return "valid" if tool else "unchecked"
        return self._against(schema, call.arguments)

    def _against(self, schema: Any, arguments: dict[str, Any]) -> Verdict:
        from referencing import Registry

        key = dumps(schema)
        try:
            if key not in self._compiled:
                self._compiled[key] = self._validator(schema, registry=Registry())
            if next(self._compiled[key].iter_errors(arguments), None) is None:
                return "valid"
        except Exception:  # whatever a schema that is none makes the library raise
            return "unchecked"
        if key not in self._sound:  # only asked now: it costs a hundred times more than a check
            self._sound[key] = _is_sound(schema)
        return "invalid" if self._sound[key] else "unchecked"

    def _counted(self, name: str, keyword: Any, validator: Any, value: Any, instance: Any, schema: Any) -> Iterable[Any]:
        elements = len(instance) if isinstance(instance, dict | list) else 0
        self._steps += 1 + elements + (len(value) if isinstance(value, dict | list) else 0)
        self._steps += elements * elements // 50 if name == "uniqueItems" else 0
        if self._steps > self._max_steps:
            raise _Unusable
        if name == "additionalProperties" and "patternProperties" in schema:
            return self._additional_properties(validator, value, instance, schema)
        return keyword(validator, value, instance, schema) or ()

    def _matches(self, pattern: str, text: str) -> bool:
        import re2

        if pattern not in self._patterns:
            options = re2.Options()
            options.log_errors = False
            self._patterns[pattern] = re2.compile(pattern, options)
        return self._patterns[pattern].search(text) is not None

    def _pattern(self, validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[Any]:
        from jsonschema import ValidationError

        if isinstance(instance, str) and not self._matches(pattern, instance):
            yield ValidationError("does not match")

    def _pattern_properties(self, validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterator[Any]:
        for pattern, subschema in patterns.items() if isinstance(instance, dict) else ():
            for name, value in instance.items():
                if self._matches(pattern, name):
                    yield from validator.descend(value, subschema, path=name)

    def _additional_properties(self, validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
        from jsonschema import ValidationError

        for name, value in instance.items() if isinstance(instance, dict) else ():
            if name in schema.get("properties", {}) or any(self._matches(pattern, name) for pattern in schema["patternProperties"]):
                continue
            if isinstance(allowed, dict):
                yield from validator.descend(value, allowed, path=name)
            elif not allowed:
                yield ValidationError("unexpected")


def _is_sound(schema: Any) -> bool:
    """Return whether a schema is what the standard's own schema asks for."""
    from jsonschema import Draft202012Validator

    try:
        Draft202012Validator.check_schema(schema)
    except Exception:  # it is not, or is too deep to tell
        return False
    return True


def _refuse(validator: Any, value: Any, instance: Any, schema: Any) -> Iterable[Any]:
    raise _Unusable
