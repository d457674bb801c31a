"""What a check is asked about."""

import re
from collections.abc import Callable
from dataclasses import dataclass

MARK = "REDACTED_"  # how a replacement without a shape of its own begins
# Replacements that no allow-list knows: what touches one of them is redacted already.
REPLACED = re.compile(rb"REDACTED_[A-Z0-9_]+_\d{5}|email-\d{5}@example\.com|PERSON_\d{5}")


@dataclass(frozen=True)
class Candidate:
    """A match of a rule's pattern: the value, the name it is assigned to, and up to 100 bytes of the row on both sides.

    `code` is true in a language with a grammar, `prose` in a text that is written for people; in neither it is structured text.
    """

    value: str
    name: str
    before: str
    after: str
    code: bool
    prose: bool


Check = Callable[[Candidate, float], bool]
