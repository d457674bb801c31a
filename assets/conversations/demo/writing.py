"""From the scenarios beside this file to rows as they are published, in all forms.

A scenario has `chat`, a list of steps, and `with`, a list of variants: mappings of the names that stand as `$name` in the steps. A step is
`{user: text}`, `{assistant: text}`, `{call: {tool: arguments}}` (a list of them is parallel; `assistant` beside it is what is said with
it), or `{result: value}`, which answers the next call. `tools` names those of tools.yaml that are declared, `system` is a prompt, and
`form` (of the scenario or of a variant) the form that is published in; without one they take turns. A variant's `flaw`, {in: column,
find: text, put: text}, is what is wrong with the row.
"""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from string import Template
from typing import Any

from assets.conversations import formats
from assets.conversations.canonical import Call, Conversation, Draft
from assets.conversations.inner_json import dumps
from assets.conversations.json_values import mapped

SCENARIOS = ("one_call", "several_calls", "words")
_FOLDER = Path(__file__).resolve().parent
_PYTHON_TYPES = {"string": "str", "integer": "int"}
_OF_A_VARIANT = ("form", "flaw")
Told = dict[str, Any]


def files() -> dict[str, bytes]:
    """Return a file of JSON Lines for each form, by name; the same bytes each time."""
    lines: dict[str, list[str]] = {}
    for form, row in rows():
        lines.setdefault(f"{form}.jsonl", []).append(dumps(row) + "\n")
    return {name: "".join(found).encode() for name, found in sorted(lines.items())}


def rows() -> Iterator[tuple[str, Told]]:
    """Yield (form, row as published) of every conversation."""
    # A chat without tools has nothing that would make it one of Hermes' form.
    turns = {True: cycle(formats.RENDERED), False: cycle(formats.RENDERED[:3])}
    tools = _load("tools")
    for scenario in (scenario for name in SCENARIOS for scenario in _load(name)):
        declared = [_tool(name, tools[name]) for name in scenario.get("tools", ())]
        for variant in scenario["with"]:
            told = conversation(scenario, variant, declared)
            form = variant.get("form") or scenario.get("form") or next(turns[bool(declared)])
            row = _xlam(told) if form == "xlam" else formats.render(told, form)
            yield form, _flawed(row, **variant["flaw"]) if "flaw" in variant else row


def conversation(scenario: Told, variant: Told, tools: list[Told]) -> Conversation:
    """Return a variant of a scenario. Raises KeyError when it lacks a name."""
    draft = Draft(tools=list(tools))
    draft.say("system", scenario.get("system", ""))
    values = {name: value for name, value in variant.items() if name not in _OF_A_VARIANT}
    for step in _filled(scenario["chat"], values):
        if "call" in step:
            asked = step["call"] if isinstance(step["call"], list) else [step["call"]]
            draft.call(step.get("assistant"), [Call(name, arguments) for call in asked for name, arguments in call.items()])
        elif "result" in step:
            draft.respond(step["result"] if isinstance(step["result"], str) else dumps(step["result"]))
        else:
            ((role, said),) = step.items()
            draft.say(role, said)
    return draft.finished()


def _load(name: str) -> Any:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_FOLDER / f"{name}.yaml").read_bytes(), Loader=loader)


def _filled(value: Any, values: Told) -> Any:
    """Return `value` with what the names stand for; a string that is nothing but a name becomes the value itself."""
    if isinstance(value, str):
        return values[value[1:]] if value[:1] == "$" and value[1:].isidentifier() else Template(value).substitute(values)
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    return [_filled(item, values) for item in value] if isinstance(value, list) else value


def _tool(name: str, told: Told) -> Told:
    given = {key: value for key, value in told.items() if key != "say"}
    properties = {
        key.rstrip("?"): {"type": value} if isinstance(value, str) else {"type": "string", **value} for key, value in given.items()
    }
    parameters = {"type": "object", "properties": properties, "required": [key for key in given if not key.endswith("?")]}
    return {"type": "function", "function": {"name": name, "description": told["say"], "parameters": parameters}}


def _flawed(row: Told, *, find: str, put: str, **where: str) -> Told:
    column = where["in"]
    return {**row, column: mapped(row[column], lambda text: text.replace(find, put))}


def _xlam(told: Conversation) -> Told:
    """Return a question and its calls as xLAM's data has them: parameters are described by Python's types."""
    asked, answer = told.messages
    tools = []
    for tool in told.tools:
        properties = tool["function"]["parameters"]["properties"]
        named = {name: {"description": name, "type": _PYTHON_TYPES[value["type"]]} for name, value in properties.items()}
        tools.append({**tool["function"], "parameters": named})
    answers = [{"name": call.name, "arguments": call.arguments} for call in answer.calls]
    return {"query": asked.content, "tools": dumps(tools), "answers": dumps(answers)}
