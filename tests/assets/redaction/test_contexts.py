"""A check sees a value that will be replaced as it sees one that is: else a second redaction would change what the first left."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.redaction import contexts
from assets.redaction.prefilter import spots
from assets.redaction.redaction import redact_text
from assets.redaction.rulebook import rules

GITLAB = "glp" + "at-" + "x8Jq2LmZ4tRw7KpV9sYc"


def of(text: str) -> str:
    return redact_text(text, "r")


@pytest.mark.parametrize(
    "text",
    [
        f"{GITLAB}58.74.121.78531-21-7351\n58.74.121.78",  # the first address is a part of the token
        "531-21-7351=\n+1 212 736 5001\\ <",
        f"phone card {GITLAB}{GITLAB}+1 212 736 5001/home/janeroe/jane@acme-corp.io",
        f"token: password = 'jane@acme-corp.io {GITLAB}=@h.io58.74.121.78",
        "phone 2001 531-21-7351 ",
        "phone # Author: card -==\\n58.74.121.78'password = 4532276644577020\\",
    ],
)
def test_what_will_be_replaced_is_seen_as_what_is(text: str) -> None:
    assert of(of(text)) == of(text) != text


def row(text: str, *, hidden: bool, taken: contexts.Taken) -> contexts.Row:
    return contexts.Row(text.encode(), 0, len(text), code=False, prose=False, hidden=hidden, taken=taken)


def test_what_stands_beyond_another_value_is_not_seen() -> None:
    text = "card email-00001@example.com: 42, host 192.0.2.7 end"
    seen = row(text, hidden=True, taken=[])
    assert contexts.before(seen, text.index("42")) == "REDACTED: "
    assert contexts.after(seen, text.index("42") + 2) == ", host REDACTED"


@settings(max_examples=200, deadline=None)
@given(st.from_regex(contexts.HIDDEN, fullmatch=True), st.sampled_from([b"", b" ", b"x", b"7", b"\n"]))
def test_no_replacement_is_overlooked(hidden: bytes, beside: bytes) -> None:
    places = spots(beside + hidden + beside)
    assert len(rules()) in places[:, 0]


def test_what_is_taken_hides_as_what_is_replaced_does() -> None:
    text = "card " + "x" * 300 + ": 42, phone 531-21-7351"
    at = text.index("42")
    assert contexts.before(row(text, hidden=False, taken=[(5, 305, "jwt", "")]), at) == "REDACTED: "
    assert contexts.before(row(text, hidden=False, taken=[(5, 305, "phone", "")]), at) == "x" * 98 + ": "
    assert contexts.after(row(text, hidden=False, taken=[(317, 328, "us_ssn", "")]), at + 2) == ", phone REDACTED"
