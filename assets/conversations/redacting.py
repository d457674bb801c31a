"""Conversations without secrets and personal data, in which calls and responses still belong together.

Looked into is everything that is said, the arguments of calls, the strings in declarations of tools, and all names. Arguments and
responses that are JSON are read as such: a key tells what its value is, and what was JSON stays JSON. (In a declaration it does not:
`"password": {"type": "string"}` holds none.) A value that is found in one place of a conversation is replaced in all of them, also where
nothing around it tells what it is.

All conversations share one scope: a value has the same replacement in each of them. So two copies of a conversation, also in two sources or
in two forms, stay copies, and are found to be alike. A replacement has the shape of its value where the shape matters (an e-mail address,
a phone number), so most arguments stay what their tool's schema asks for. Where they do not (a pattern, a length), the conversation says
so: whatever changed is described anew, and a conversation whose arguments became invalid is malformed, with a ledger row.
"""

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import polars as pl
from pydantic import BaseModel

from assets import ledger
from assets.conversations import inner_json
from assets.conversations.arguments import Checker
from assets.conversations.canonical import from_rows
from assets.conversations.conversion import SCHEMA, ConversationSettings
from assets.conversations.features import features
from assets.conversations.json_values import leaves, mapped
from assets.conversations.refusal import Refused
from assets.redaction import redaction, residual
from assets.redaction.redaction import FINDINGS, RedactionSettings

_SCOPE = "conversations"
_MIN_KNOWN_CHARS = 6  # of a value that is replaced wherever it stands: shorter ones are words
_MAX_KNOWN = 100  # values of a conversation that are replaced so: each is looked for everywhere
_ORDINARY = ("user_name",)  # classes whose values are words elsewhere
_BY_CONTEXT = ("person_name", "assigned_secret")  # classes that a key before them tells: the next key is no value of it
_KEY = re.compile(r'[^"\\]{0,200}"\s*:')
_IDENTIFIER = re.compile(r"[A-Za-z_]{0,30}")  # holds nothing to hide
_JSON = re.compile(r"\s*[\[{]")
_PLACES = {"row": pl.Int64, "of": pl.Int64, "where": pl.String}
_FOUND = {"row": pl.Int64, "start": pl.Int64, "end": pl.Int64, "class": pl.String, "replacement": pl.String}
Row = dict[str, Any]


class ConversationRedactionSettings(BaseModel, frozen=True, extra="forbid"):
    """What is redacted, and how conversations that changed are described: as they were before."""

    redaction: RedactionSettings = RedactionSettings()
    conversion: ConversationSettings = ConversationSettings()


class _Text(NamedTuple):
    """A text of a conversation: the number of its row, where it stands, and whether it is JSON."""

    row: int
    where: str
    text: str
    is_json: bool


class _Span(NamedTuple):
    """What is replaced in a text: first character, one past the last, class and replacement."""

    start: int
    end: int
    name: str
    new: str


def redact_conversations(conversations: pl.DataFrame, settings: ConversationRedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows of tool_conversations without secrets and personal data, in the order given; ledger).

    For each class that a text of a conversation holds there is a ledger row (action altered, rule = the class, score = how many; the
    detail says which message, call or declaration, and where in it). One whose arguments became invalid has another
    (`arguments_invalidated`, score = how many calls). A conversation that cannot be redacted without breaking its JSON is dropped:
    `unredactable`.
    """
    rows = conversations.select("messages", "tools").rows(named=True)
    texts = [text for number, row in enumerate(rows) for text in _texts_of(number, row)]
    spans = _spans(texts, settings.redaction)
    redacted: dict[int, list[str]] = {texts[at].row: [] for at in sorted(spans)}
    for at, text in enumerate(texts):
        if text.row in redacted:
            redacted[text.row].append(_spliced(text.text, spans.get(at, ())))
    numbered = conversations.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), *SCHEMA)
    before = numbered.filter(pl.col("row").is_in(list(redacted)))
    checker, few = Checker(settings.conversion.max_schema_steps), settings.conversion.simple_max_arguments
    after = [_redescribed(row, redacted[row["row"]], checker, few) for row in before.rows(named=True)]
    changed = pl.DataFrame([row for row in after if row], schema=numbered.schema)
    kept = pl.concat([numbered.join(before, on="row", how="anti"), changed]).sort("row")
    return kept.select(*SCHEMA), _ledger(before, changed, texts, spans, settings.redaction.max_detail_chars)


def _texts_of(number: int, row: Row) -> Iterator[_Text]:
    """Yield the texts of a row in the order in which `_rebuilt` takes them: strings of tools, names, then each message with its calls."""
    for place, text in enumerate(_declared(row)):
        yield _Text(number, f"tools text {place}", text, False)
    for place, message in enumerate(row["messages"]):
        content = message["content"] or ""
        yield _Text(number, f"message {place}", content, message["role"] == "tool" and _JSON.match(content) is not None)
        for call in json.loads(message["tool_calls"] or "[]"):
            yield _Text(number, f"message {place} {call['id']}", inner_json.dumps(call["arguments"]), True)


def _declared(row: Row) -> list[str]:
    """Return the distinct strings in the declarations of tools, and the names of calls and responses, that may hold something."""
    calls = [call["name"] for message in row["messages"] for call in json.loads(message["tool_calls"] or "[]")]
    names = [message["name"] for message in row["messages"] if message["name"] is not None]
    strings = dict.fromkeys([*_strings(row["tools"]), *calls, *names])
    return [text for text in strings if not _IDENTIFIER.fullmatch(text)]


def _strings(text: str) -> Iterator[str]:
    """Yield the strings and keys of a JSON text."""
    yield from (leaf for leaf in leaves(json.loads(text)) if isinstance(leaf, str))


def _spans(texts: list[_Text], settings: RedactionSettings) -> dict[int, list[_Span]]:
    """Return what is replaced in each of `texts` in which something is, in order: what is found there, and what is found beside it."""
    column = pl.Series([text.text for text in texts], dtype=pl.String)
    languages = pl.Series(["JSON" if text.is_json else None for text in texts], dtype=pl.String)
    scope = pl.Series([_SCOPE], dtype=pl.String).new_from_index(0, len(texts))
    spans: dict[int, list[_Span]] = defaultdict(list)
    known: dict[int, dict[str, _Span]] = defaultdict(dict)
    for at, name, start, end, new in redaction.redact(column, scope, languages, settings).findings.select(*FINDINGS).iter_rows():
        if texts[at].is_json and name in _BY_CONTEXT and _KEY.match(texts[at].text, end):
            continue
        spans[at].append(_Span(start, end, name, new))
        value = texts[at].text[start:end]
        values = known[texts[at].row]
        if len(value) >= _MIN_KNOWN_CHARS and len(values) < _MAX_KNOWN and name not in _ORDINARY and not set(value) & set('\\"'):
            values.setdefault(value, spans[at][-1])
    for at, text in enumerate(texts):
        if known.get(text.row) and (more := list(_beside(text.text, known[text.row], spans.get(at, [])))):
            spans[at] = sorted([*spans[at], *more])
    return dict(spans)


def _beside(text: str, known: dict[str, _Span], found: list[_Span]) -> Iterator[_Span]:
    """Yield the `known` values that stand in a text, as words of their own, where nothing is `found` yet."""
    longest_first = sorted(known, key=lambda value: (-len(value), value))
    starts = [span.start for span in found]
    for match in re.finditer(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", text):
        start, end = match.span()
        before = bisect_left(starts, end) - 1  # the last of those that begin before this one ends
        if before < 0 or found[before].end <= start:
            yield known[match[0]]._replace(start=start, end=end)


def _spliced(text: str, spans: Sequence[_Span]) -> str:
    pieces, at = list[str](), 0
    for span in spans:
        pieces += [text[at : span.start], span.new]
        at = span.end
    return "".join([*pieces, text[at:]])


def _redescribed(row: Row, texts: list[str], checker: Checker, simple_max_arguments: int) -> Row | None:
    """Return a row with its redacted `texts` and the features of what it is now; None when its JSON would break."""
    try:
        messages, tools = _rebuilt(row, texts)
    except (Refused, ValueError):
        return None
    described = features(from_rows(messages, tools), checker, simple_max_arguments)
    return {**row, "messages": messages, "tools": tools, **described}


def _rebuilt(row: Row, texts: list[str]) -> tuple[list[Row], str]:
    """Return messages and tools. Raises Refused for what is not JSON any more, ValueError when two names or keys became one."""
    old = _declared(row)
    new, rest, messages = dict(zip(old, texts, strict=False)), iter(texts[len(old) :]), list[Row]()
    if len(set(new.values())) < len(new):
        raise ValueError("two names became one")
    for message in row["messages"]:
        content = next(rest)
        if message["role"] == "tool" and _is_json(message["content"] or "") and not _is_json(content):
            raise ValueError("a response is not JSON any more")
        calls = [
            {"id": call["id"], "name": new.get(call["name"], call["name"]), "arguments": inner_json.loads(next(rest))}
            for call in json.loads(message["tool_calls"] or "[]")
        ]
        said = {"content": None if message["content"] is None else content, "name": new.get(message["name"], message["name"])}
        messages.append({**message, **said, "tool_calls": inner_json.dumps(calls) if calls else None})
    return messages, inner_json.dumps(mapped(json.loads(row["tools"]), lambda text: new.get(text, text)))


def _is_json(text: str) -> bool:
    try:
        inner_json.loads(text)
    except Refused:
        return False
    return True


def _ledger(before: pl.DataFrame, after: pl.DataFrame, texts: list[_Text], spans: dict[int, list[_Span]], max_chars: int) -> pl.DataFrame:
    named = before.with_columns(id=pl.col("parent_ids").list.first())  # a ledger names what the chain of stages started from
    lost = ledger.entries(named.join(after, on="row", how="anti"), "unredactable", detail=pl.col("source"))
    changed = named.join(after.select("row", new="invalid_arguments"), on="row", maintain_order="left")
    more = changed.with_columns(more=pl.col("new") - pl.col("invalid_arguments")).filter(pl.col("more") > 0)
    invalid = ledger.entries(more, "arguments_invalidated", action="altered", score=pl.col("more"), detail=pl.col("source"))
    places = pl.DataFrame([(at, texts[at].row, texts[at].where) for at in sorted(spans)], schema=_PLACES, orient="row")
    found = pl.DataFrame([(at, *span) for at in sorted(spans) for span in spans[at]], schema=_FOUND, orient="row")
    where = places.join(changed.rename({"row": "of"}), on="of", maintain_order="left")
    where = where.select("row", "id", where=pl.format("{} {}", "source", "where"))
    return pl.concat([lost, redaction.altered(where, found, max_chars), invalid])


def left_in_conversations(conversations: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id and class of what another engine still finds in rows of tool_conversations, an empty ledger).

    Looked into are tools, contents, calls and names.
    """
    messages = conversations.select("id", "messages").explode("messages").unnest("messages")
    columns = [(messages, "content", None), (messages, "tool_calls", "JSON"), (messages, "name", None), (conversations, "tools", "JSON")]
    each = [
        rows.filter(pl.col(name).is_not_null()).select("id", content=name, language=pl.lit(language, pl.String))
        for rows, name, language in columns
    ]
    found, none = residual.residual(pl.concat(each), settings)
    return found.unique(maintain_order=True), none
