"""Arguments against schemas that others wrote, some of them to do harm."""

import time
from pathlib import Path
from typing import Any

import pytest

from assets.conversations.arguments import Checker
from assets.conversations.canonical import Call


def verdict(parameters: Any, arguments: Any, steps: int = 50_000) -> str:
    function = {"name": "f"} if parameters is ... else {"name": "f", "parameters": parameters}
    return Checker(steps).check(Call("f", arguments), {"f": {"type": "function", "function": function}})


def properties(**described: Any) -> dict[str, Any]:
    return {"type": "object", "properties": described}


@pytest.mark.parametrize(
    ("parameters", "arguments", "expected"),
    [
        (properties(a={"type": "integer"}), {"a": 1}, "valid"),
        (properties(a={"type": "integer"}), {"a": "1"}, "invalid"),
        ({**properties(a={}), "required": ["a"]}, {}, "invalid"),
        ({**properties(), "additionalProperties": False}, {"a": 1}, "invalid"),
        (properties(a={"enum": ["x"]}), {"a": "y"}, "invalid"),
        (properties(a={"pattern": "^a+$"}), {"a": "b"}, "invalid"),
        ({"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False}, {"ab": 1}, "valid"),
        ({"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False}, {"b": 1}, "invalid"),
        ({"patternProperties": {"^a": {"type": "integer"}}}, {"ab": "1"}, "invalid"),
        ({"$defs": {"t": {"type": "object", "properties": {"t": {"$ref": "#/$defs/t"}}}}, "$ref": "#/$defs/t"}, {"t": {"t": 1}}, "invalid"),
        (properties(), [1], "invalid"),
        (properties(), "text", "invalid"),
        (..., {"a": 1}, "valid"),
        (None, {"a": 1}, "valid"),
        (False, {"a": 1}, "invalid"),
        # schemas that cannot be used say nothing
        (properties(a={"type": "float"}), {"a": 1}, "unchecked"),
        (properties(a={"type": "integer", "required": True}), {"a": "1"}, "unchecked"),
        ({"required": "name"}, {}, "unchecked"),
        ("object", {}, "unchecked"),
        ([], {}, "unchecked"),
        (properties(a={"$ref": "#/nowhere"}), {"a": 1}, "unchecked"),
        (properties(a={"pattern": "(?=a)"}), {"a": "a"}, "unchecked"),
        ({"unevaluatedProperties": False}, {"a": "a"}, "unchecked"),
    ],
)
def test_verdict(parameters: Any, arguments: Any, expected: str) -> None:
    assert verdict(parameters, arguments) == expected


def test_unlisted_tools_are_not_checked() -> None:
    assert Checker(10).check(Call("g", {}), {}) == "unchecked"
    assert Checker(10).check(Call("g", []), {}) == "invalid"


def test_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reach(*_: object, **__: object) -> None:
        raise AssertionError("reached out")

    monkeypatch.setattr("urllib.request.urlopen", reach)
    monkeypatch.setattr("socket.create_connection", reach)
    (tmp_path / "schema.json").write_text('{"type": "string"}')
    for address in ("http://127.0.0.1:1/schema.json", (tmp_path / "schema.json").as_uri(), str(tmp_path / "schema.json")):
        assert verdict(properties(a={"$ref": address}), {"a": 1}) == "unchecked"
        assert verdict({"$id": address, **properties(a={"$ref": "other.json"})}, {"a": 1}) == "unchecked"


@pytest.mark.parametrize(
    ("parameters", "arguments"),
    [
        ({"$ref": "#"}, {}),
        ({"$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(40)} | {"d40": {}}, "$ref": "#/$defs/d0"}, {}),
        (properties(a={"uniqueItems": True}), {"a": [{"n": n} for n in range(20_000)]}),
        (properties(a={"items": {"allOf": [{}] * 1000}}), {"a": [0] * 100_000}),
    ],
)
def test_schemas_that_never_end(parameters: Any, arguments: Any) -> None:
    started = time.process_time()
    assert verdict(parameters, arguments) == "unchecked"
    assert time.process_time() - started < 10


def test_no_verdict_depends_on_those_before() -> None:
    checker = Checker(100)
    tools = {
        "f": {"type": "function", "function": {"name": "f", "parameters": properties(a={"items": {"type": "integer"}}, b={"type": "x"})}}
    }
    costly, broken, plain = Call("f", {"a": [0] * 1000}), Call("f", {"b": 1}), Call("f", {"a": [1]})
    for _ in range(2):
        assert checker.verdicts([plain, broken, plain], tools) == ["valid", "unchecked", "valid"]
        assert checker.verdicts([plain, costly, plain], tools) == ["valid", "unchecked", "unchecked"]


def test_catastrophic_patterns_end() -> None:
    started = time.process_time()
    assert verdict(properties(a={"pattern": "^(a+)+$"}), {"a": "a" * 50_000 + "!"}) == "invalid"
    assert verdict({"patternProperties": {"^(a|a)*$": False}}, {"a" * 5_000 + "!": 1}) == "valid"
    assert time.process_time() - started < 10
