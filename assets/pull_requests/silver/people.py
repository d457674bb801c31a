"""People: logins become pseudonyms, in the column that names the author and where comments mention somebody.

A login is replaced where it surely is one:

- a login that is known in the pull request (its author, committers, reviewers, commenters, assignees) after an @, in prose and in code
  (there only if it is not the name of a known annotation), and in the URL of its page or of its repositories;
- the same as a word of prose, if it cannot be taken for an ordinary word: it has a digit or an inner capital;
- any other login after an @ in prose that is neither an e-mail address nor a known annotation (`@Override`, `@param`), package
  (`@org.example`, `@scope/name`) nor a call (`@Test(...)`).
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl
from blake3 import blake3
from pydantic import BaseModel, Field

from assets import ledger
from assets.passport import SEPARATOR
from assets.pull_requests.silver import markdown
from assets.pull_requests.silver.annotations import ANNOTATIONS

PSEUDONYM = re.compile(r"reviewer_[0-9a-f]{8}")
_LOGIN = r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:_[A-Za-z0-9]{1,39})?"  # GitHub's rule; managed accounts end in _company
_MENTION = re.compile(rf"(?<![\w@/.+`\\{{$-])@({_LOGIN})(?![\w@(]|-\w|[./:=]\w)")
_MAX_LOGIN_CHARS = 100  # what is longer in an export is no login
_DISTINCTIVE = re.compile(r"(?=.{5,})(?:.*[0-9].*|.*[a-z].*[A-Z].*)")
_ROLES = ("user", "assignee", "assignees", "requested_reviewers", "merged_by")  # of a pull request, as GitHub returns it
_PLACEHOLDER = "ghost"  # the account that GitHub shows for all that were deleted


class PeopleSettings(BaseModel, frozen=True, extra="forbid"):
    """How people are named."""

    salt: str = Field("", description="key of the pseudonyms: with another one, everybody gets another name")


def pseudonym(login: str, salt: str) -> str:
    """Return what stands for `login`, whose case does not matter: the same everywhere in a dataset made with `salt`."""
    return _named("login", login.casefold(), salt)


def _named(kind: str, value: str, salt: str) -> str:
    key = blake3(salt.encode()).digest()
    return "reviewer_" + blake3(SEPARATOR.join((kind, value)).encode("utf-8", "surrogatepass"), key=key).hexdigest(length=4)


def is_deleted(login: str | None) -> bool:
    """Tell whether the account is gone: nobody can tell then which comments are of one person."""
    return login is None or not login.strip() or login.casefold() == _PLACEHOLDER


def participants(logins: Iterable[str | None], payload: str | None) -> list[str]:
    """Return the logins that are known in a pull request, sorted and in lower case: `logins`, and those in its JSON as returned."""
    try:
        pull = json.loads(payload or "{}")
    except (ValueError, RecursionError):
        pull = {}
    named = [*logins, *(_logins(pull) if isinstance(pull, dict) else [])]
    known = {login.strip().lower() for login in named if isinstance(login, str) and 0 < len(login.strip()) <= _MAX_LOGIN_CHARS}
    return sorted(known - {_PLACEHOLDER})


def _logins(pull: dict[str, Any]) -> Iterator[str | None]:
    for role in _ROLES:
        accounts = pull.get(role)
        for account in accounts if isinstance(accounts, list) else [accounts]:
            if isinstance(account, dict):
                yield account.get("login")


def hide(text: str, known: Sequence[str], owner: str, salt: str) -> tuple[str, int]:
    """Return `text` (with \\n as line end) with pseudonyms for logins, and how many were replaced.

    `known` are the logins of the pull request, in lower case. `owner` is the account whose repository it is: a row names it anyway, so it
    stays in URLs. @organisation/team is a team, and looks like a package: it stays too.
    """
    found = sorted(_places(text, known, owner, markdown.code(text)), key=lambda place: (place[0], -place[1]))
    pieces, at, count = [], 0, 0
    for start, end, login in found:
        if start < at or PSEUDONYM.fullmatch(login):
            continue
        pieces += [text[at:start], pseudonym(login, salt)]
        at, count = end, count + 1
    return "".join([*pieces, text[at:]]), count


def _places(text: str, known: Sequence[str], owner: str, code: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and login of all that is to be replaced in `text`."""
    if "@" in text:
        for match in _MENTION.finditer(text):
            if match[1].casefold() not in ANNOTATIONS and not _within(match.start(), code):
                yield *match.span(1), match[1]
    folded = text.lower()
    for login in known:
        if login in folded:
            yield from _places_of(text, login, owner, code)


def _places_of(text: str, login: str, owner: str, code: list[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    name = re.escape(login)
    for match in re.finditer(rf"(?i)(?<![A-Za-z0-9_])@({name})(?![A-Za-z0-9_]|-[A-Za-z0-9])", text):
        if login not in ANNOTATIONS or not _within(match.start(), code):
            yield *match.span(1), login
    if login != owner.lower():
        for match in re.finditer(rf"(?i)://[^/\s]{{1,255}}/({name})(?![\w-])", text):
            yield *match.span(1), login
    for match in re.finditer(rf"(?i)(?<![\w/@.-])({name})(?![\w/-]|\.\w)", text):
        if _DISTINCTIVE.fullmatch(match[1]) and not _within(match.start(), code):
            yield *match.span(1), login


def _within(at: int, spans: list[tuple[int, int]]) -> bool:
    index = bisect_right(spans, at, key=lambda span: span[0]) - 1
    return index >= 0 and at < spans[index][1]


def pseudonymise(comments: pl.DataFrame, settings: PeopleSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (comments with pseudonyms for logins, ledger), both in the order given; author_type and participants are left behind.

    A comment of a deleted account has a pseudonym of its own. Where a body mentions people, a ledger row tells it (action altered, rule
    mention, score = how many).
    """
    names, bodies, counts = [], [], []
    for row in comments.select("id", "author", "body", "participants", "repository").iter_rows(named=True):
        deleted = is_deleted(row["author"])
        names.append(_named("comment", row["id"], settings.salt) if deleted else pseudonym(row["author"], settings.salt))
        body, count = hide(row["body"], row["participants"], row["repository"].split("/")[0], settings.salt)
        bodies.append(body)
        counts.append(count)
    hidden = comments.with_columns(
        pl.Series("author", names, dtype=pl.String), pl.Series("body", bodies, dtype=pl.String), pl.Series("count", counts, dtype=pl.Int64)
    )
    detail = pl.format("{}#{} {} comment {}", "repository", "pull_number", "path", "comment_id")
    altered = ledger.entries(hidden.filter(pl.col("count") > 0), "mention", action="altered", score=pl.col("count"), detail=detail)
    return hidden.drop("count", "author_type", "participants"), altered
