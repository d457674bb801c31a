"""Bots: comments that no person wrote."""

import re

import polars as pl
from pydantic import BaseModel, Field

from assets import ledger
from assets.pull_requests.silver import markdown

SUFFIXES = ("[bot]", "-bot", "_bot")
# Accounts of services that comment on pull requests under a plain login: their own documentation names them. With the suffix [bot] they
# need no list. Names that people have too (stale, cursor, claude) are not here: only their type or suffix tells.
_ACCOUNTS = """
allcontributors azure-pipelines circleci-app cla-assistant codacy-badger codeclimate codecov codecov-commenter codecov-io
codefactor-io coderabbitai codiumai-pr-agent copilot copilot-pull-request-reviewer coveralls deepsource-autofix deepsource-io
dependabot dependabot-preview dpebot ellipsis-dev fossabot gemini-code-assist gitguardian github-actions github-advanced-security
google-cla googlebot greptile-apps houndci imgbotapp k8s-ci-robot k8s-github-robot lgtm-com linux-foundation-easycla mergify
microsoft-github-policy-service openshift-ci-robot pep8speaks pre-commit-ci probot pull-request-size qodo-merge-pro restyled-io
rust-highfive rustbot scala-steward sonarcloud sonarqubecloud sourcery-ai stickler-ci swift-ci travis-ci whitesource-bolt-for-github
woodpecker-ci
"""
KNOWN = frozenset(_ACCOUNTS.split())
# What generated comments say about themselves or look like, in what is neither code nor a quotation.
_SHAPES = {
    "says_generated": r"(?i)\b(?:this|the following) (?:comment|message|review|report|pr|pull request)s? (?:was|is|has been|were) "
    r"auto(?:matically|-)?[ -]?(?:generated|posted|created|added)",
    "says_automated": r"(?i)\b(?:this is an|i am an?|i'm an?|posted by an?) (?:automated|automatic) (?:message|comment|review|response)\b"
    r"|\bbeep boop\b",
    "generated_by": r"(?i)(?:\A|\n)\s*(?:<\w+>|[*_🤖-]){1,4}\s*(?:auto-?)?generated (?:by|with)\b",
    "reviewdog": r"(?i)\breported by \[?reviewdog",
    "coverage_report": r"(?i)\bcoverage (?:increased|decreased|remained the same) \(|\bpatch coverage\b.{0,40}%"
    r"|\bmerging \[?#\d+\]?.{0,200}\b(?:will|into)\b.{0,200}\bcoverage\b",
    "coverage_table": r"(?i)(?:\A|\n)\s*\|[^\n]{0,200}\b(?:coverage|stmts|missing lines|complexity)\b[^\n]{0,200}\|\s*\n\s*\|[ :|-]{3,}",
    "quality_gate": r"(?i)\bquality gate (?:passed|failed)\b",
}
# Marks that tools leave in HTML comments to find their own comments again.
_MARKER = re.compile(
    r"(?i)<!--\s*(?:auto-?generated|bot\b|danger|reviewdog|codecov|sonar|coderabbit|dependabot|renovate|metadata\b|this comment was)"
)
_COMPILED = {name: re.compile(pattern) for name, pattern in _SHAPES.items()}
_LOOKED_AT_CHARS = 20_000


class HumanSettings(BaseModel, frozen=True, extra="forbid"):
    """Who counts as a bot, besides accounts of the type Bot, those with a suffix of SUFFIXES and those of KNOWN."""

    bot_logins: tuple[str, ...] = Field((), description="more accounts that are bots")
    human_logins: tuple[str, ...] = Field((), description="accounts that are people, whatever their login or text looks like")
    by_text: bool = Field(True, description="drop comments that look or say that they are generated, whoever posted them")


def evidence(login: str | None, kind: str | None, body: str, settings: HumanSettings) -> str | None:
    """Return what shows that a bot wrote `body`, None where nothing does: type, suffix, known_login, text:SHAPE.

    A deleted account (`login` null) is judged by its text alone.
    """
    name = (login or "").casefold()
    if name and name in {human.casefold() for human in settings.human_logins}:
        return None
    if kind is not None and kind.casefold() == "bot":
        return "type"
    if name.endswith(SUFFIXES):
        return "suffix"
    if name in KNOWN or name in {bot.casefold() for bot in settings.bot_logins}:
        return "known_login"
    shape = shape_of(body) if settings.by_text else None
    return f"text:{shape}" if shape else None


def shape_of(body: str) -> str | None:
    """Return the name of the first generated shape that `body` has; code and quotations do not count: people quote reports."""
    text = markdown.unified(body[:_LOOKED_AT_CHARS])
    if _MARKER.match(text.lstrip()):
        return "marker"
    written = markdown.prose(text)
    return next((name for name, pattern in _COMPILED.items() if pattern.search(written)), None)


def keep_human(comments: pl.DataFrame, settings: HumanSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (the comments that people wrote, ledger), both in the order given and with the columns of `comments.ALIGNED`.

    The others are dropped by the rule bot; the detail says where, and by what evidence.
    """
    rows = comments.select("author", "author_type", "body").iter_rows()
    found = pl.Series("evidence", [evidence(author, kind, body, settings) for author, kind, body in rows], dtype=pl.String)
    dropped = comments.with_columns(found).filter(found.is_not_null())
    detail = pl.format("{}#{} {} comment {} {}", "repository", "pull_number", "path", "comment_id", "evidence")
    return comments.filter(found.is_null()), ledger.entries(dropped, "bot", detail=detail)
