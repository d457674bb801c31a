"""How well answers call tools: the calls in an answer's text, compared with those of its reference.

A call is a JSON object with a name and arguments in `<tool_call>` tags (Hermes' form, in which references are written), or an answer that
is such an object, or a list of them, as a whole. Nothing is run and nothing is repaired; two calls are equal when name and arguments are
equal as JSON values, whatever the order of keys; parallel calls are compared as multisets.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl

from assets.model import agreement, bootstrap

SOURCE = "tool_conversation"  # of the chats whose answers may call
_MAX_CALLS = 1_000  # an answer with more is cut there
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[\s,]*")


class Call(NamedTuple):
    """A call; `arguments` is canonical JSON. What stands in tags and is no call has no name, and matches nothing."""

    name: str | None
    arguments: str


def parse(answer: str) -> list[Call]:
    """Return the calls in `answer`, in their order."""
    parts = answer.split(_OPEN)[1 : _MAX_CALLS + 1]
    if parts:
        return [call for part in parts for call in _calls(part.partition(_CLOSE)[0]) or [Call(None, "")]][:_MAX_CALLS]
    whole = answer.strip()
    found = list(_calls(whole)) if whole[:1] in ("{", "[") else []
    return found[:_MAX_CALLS] if all(call.name is not None for call in found) else []


def _calls(text: str) -> list[Call]:
    """Return the calls that `text` consists of, one object after another or in a list; a call without a name for anything else."""
    return [call for value in _values(text) for call in map(_call, value if isinstance(value, list) else [value])]


def _values(text: str) -> Iterator[Any]:
    at = _end(text, 0)
    while at < len(text):
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield None
            return
        yield value
        at = _end(text, at)


def _end(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _call(value: Any) -> Call:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return Call(None, "")
    try:
        return Call(value["name"], _canonical(value.get("arguments", value.get("parameters", {}))))
    except RecursionError:  # nested as deeply as no tool asks for
        return Call(None, "")


def _canonical(value: Any) -> str:
    return json.dumps(_whole_numbers(value), sort_keys=True)


def _whole_numbers(value: Any) -> Any:
    """Return a JSON value in which 1.0 is 1."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    return [_whole_numbers(item) for item in value] if isinstance(value, list) else value


def scores(answers: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
    """Return how well `answers` make the calls of `references`, over all pairs together (micro average).

    `equal`: share of answers with exactly the calls wanted, none where none is. `n_found` and `n_wanted` (calls), `names` and `calls`
    (name and arguments), each with `matched`, `precision`, `recall` and `f1`; `arguments`: of the calls whose name matches, the share
    with equal arguments. 0 where nothing is there to divide by. Raises ValueError when there are not as many answers as references.
    """
    pairs = [(parse(answer), parse(reference)) for answer, reference in zip(answers, references, strict=True)]
    n_found, n_wanted = (sum(len(pair[side]) for pair in pairs) for side in (0, 1))
    names = sum(_shared([call.name for call in ours if call.name is not None], [call.name for call in theirs]) for ours, theirs in pairs)
    exact = sum(_shared([call for call in ours if call.name is not None], theirs) for ours, theirs in pairs)
    return {
        "n": len(pairs),
        "equal": agreement.ratio(sum(_equal(*pair) for pair in pairs), len(pairs)),
        "n_found": n_found,
        "n_wanted": n_wanted,
        "names": agreement.agreement(names, n_found, n_wanted),
        "calls": agreement.agreement(exact, n_found, n_wanted),
        "arguments": agreement.ratio(exact, names),
    }


def _shared(ours: Sequence[Any], theirs: Sequence[Any]) -> int:
    return sum((Counter(ours) & Counter(theirs)).values())


def _equal(ours: Sequence[Call], theirs: Sequence[Call]) -> bool:
    return Counter(ours) == Counter(theirs) and all(call.name is not None for call in ours)


def compare(report: pl.DataFrame, *, seed: int, resamples: int) -> dict[str, Any] | None:
    """Return the scores of `base` and `tuned`, and `equal` (base, tuned, difference, low, high: 95 % paired bootstrap).

    Of the rows of eval_report whose source is SOURCE; None when it has none.
    """
    rows = report.filter(pl.col("source") == SOURCE)
    if rows.is_empty():
        return None
    references = rows["reference"].to_list()
    models = {name: rows[f"{name}_answer"].to_list() for name in ("base", "tuned")}
    wanted = [parse(reference) for reference in references]
    right = [[float(_equal(parse(text), calls)) for text, calls in zip(texts, wanted, strict=True)] for texts in models.values()]
    equal = bootstrap.paired(right[0], right[1], seed=seed, resamples=resamples)._asdict()
    return {name: scores(answers, references) for name, answers in models.items()} | {"equal": equal}
