"""A check sees a value that will be replaced as it sees one that is: else a second redaction would change what the first left."""

import pytest

from assets.redaction import contexts
from assets.redaction.redaction import redact_text

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


def test_what_stands_beyond_another_value_is_not_seen() -> None:
    data = memoryview(b"card email-00001@example.com: 42, host 192.0.2.7 end")
    at = bytes(data).index(b"42")
    assert contexts.before(data, 0, at, []) == "REDACTED: "
    assert contexts.after(data, 0, at + 2, len(data), []) == ", host REDACTED"


def test_what_is_taken_hides_as_what_is_replaced_does() -> None:
    text = "card " + "x" * 300 + ": 42, phone 531-21-7351"
    data, at = memoryview(text.encode()), text.index("42")
    assert contexts.before(data, 0, at, [(5, 305, "jwt", "")]) == "REDACTED: "
    assert contexts.before(data, 0, at, [(5, 305, "phone", "")]) == "x" * 98 + ": "
    assert contexts.after(data, 0, at + 2, len(data), [(317, 328, "us_ssn", "")]) == ", phone REDACTED"
