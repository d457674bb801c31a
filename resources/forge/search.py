"""/search/issues: the part of GitHub's query language that finds pull requests."""

import re
import shlex
from collections.abc import Callable

from resources.forge.facts import Fact
from resources.forge.payloads import NAME, OWNER
from resources.forge.replies import Problem

TERM = re.compile(r"(-?)(\w+):(.*)", re.DOTALL)
DATED = {"created": "created_at", "updated": "updated_at", "closed": "closed_at", "merged": "merged_at"}
SORTS = {"created": "created_at", "updated": "updated_at", "comments": "comments"}
Test = Callable[[Fact], bool]


def matching(query: str, facts: list[Fact]) -> list[Fact]:
    """Return the pull requests that match a query; `Problem` 422 where GitHub refuses it."""
    try:
        words = shlex.split(query.replace("'", "\\'"))
    except ValueError:
        raise _refused("The search is invalid.") from None
    for word in words:
        term = TERM.fullmatch(word)
        test = _test(term[2], term[3]) if term else _text(word)
        wanted = not (term and term[1])
        facts = [fact for fact in facts if test(fact) is wanted]
    return facts


def ordered(facts: list[Fact], sort: str | None, order: str | None) -> list[Fact]:
    """Sort results; best match is newest first here."""
    field = SORTS.get(sort or "created", "created_at")
    return sorted(facts, key=lambda fact: (fact[field], fact["number"]), reverse=order != "asc")


def _test(name: str, value: str) -> Test:
    if name == "repo":
        return _repository(value)
    if name in DATED:
        return _dated(DATED[name], value)
    if name in ("is", "type", "state"):
        return _is(value)
    if name == "author":
        return lambda fact: (fact["author"] or "").removesuffix("[bot]") == value.removeprefix("app/").removesuffix("[bot]")
    if name == "label":
        return lambda fact: bool(set(value.split(",")) & set(fact["labels"]))
    if name in ("draft", "archived"):
        return lambda fact: (fact["draft"] if name == "draft" else False) is (value == "true")
    if name == "comments":
        return lambda fact: _between(f"{fact['comments']:09}", re.sub(r"\d+", lambda number: f"{int(number[0]):09}", value))
    return _text(f"{name}:{value}")


def _repository(value: str) -> Test:
    if value.lower() != f"{OWNER}/{NAME}":
        message = "The listed users and repositories cannot be searched either because the resources do not exist or you do not have"
        raise _refused(f"{message} permission to view them.")
    return lambda fact: True


def _is(value: str) -> Test:
    tests: dict[str, Test] = {
        "pr": lambda fact: True,
        "pull-request": lambda fact: True,
        "issue": lambda fact: False,
        "public": lambda fact: True,
        "open": lambda fact: fact["state"] == "open",
        "closed": lambda fact: fact["state"] == "closed",
        "merged": lambda fact: fact["merged_at"] is not None,
        "unmerged": lambda fact: fact["merged_at"] is None,
        "draft": lambda fact: fact["draft"],
    }
    return tests.get(value, lambda fact: False)


def _dated(field: str, value: str) -> Test:
    return lambda fact: fact[field] is not None and _between(fact[field], value)


def _between(found: str, value: str) -> bool:
    """Whether a value lies in a range, where a day without a time means the whole day."""
    if ".." in value:
        low, high = value.split("..", 1)
        return (low == "*" or found >= _utc(low)) and (high == "*" or found[: len(_utc(high))] <= _utc(high))
    for sign in (">=", "<=", ">", "<"):
        if value.startswith(sign):
            bound = _utc(value.removeprefix(sign))
            cut = found[: len(bound)]
            return {">=": cut >= bound, "<=": cut <= bound, ">": cut > bound, "<": cut < bound}[sign]
    return found.startswith(_utc(value))


def _utc(value: str) -> str:
    return re.sub(r"\+00:?00$", "Z", value)


def _text(word: str) -> Test:
    return lambda fact: word.lower() in f"{fact['title']} {fact['body'] or ''}".lower()


def _refused(message: str) -> Problem:
    errors = [{"message": message, "resource": "Search", "field": "q", "code": "invalid"}]
    return Problem(422, "Validation Failed", errors=errors)
