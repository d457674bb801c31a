"""What decides by arithmetic: Luhn, the tokens' CRC, entropy."""

import math
import re
import zlib
from collections import Counter

# Five consonants in a row, j, q, x or z before a consonant, four consonants at the end.
_UNREADABLE = re.compile(r"(?i)[^aeiouy]{5}|[jqxz][^aeiouy]|[^aeiouys]{4}$")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def entropy_bits(value: str) -> float:
    """Return Shannon's entropy of the characters of `value`, in bits a character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def luhn(digits: str) -> bool:
    """Say whether the last of `digits` is right by ISO/IEC 7812-1, annex B."""
    doubled = [int(digit) if place % 2 == 0 else sum(divmod(2 * int(digit), 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_card_number(digits: str) -> bool:
    """Say whether `digits` are a payment card's: Luhn, and a network that has numbers which begin so and are so long."""
    return len(set(digits)) >= 3 and _issued(digits) and luhn(digits)


def _issued(digits: str) -> bool:
    """As Visa, Mastercard, American Express, Diners Club, Discover, UnionPay, Maestro and JCB publish their ranges."""
    length, two, three, four = len(digits), int(digits[:2]), int(digits[:3]), int(digits[:4])
    if digits[0] == "4":
        return length in (13, 16, 19)
    if 51 <= two <= 55 or 2221 <= four <= 2720:
        return length == 16
    if two in (34, 37):
        return length == 15
    if two in (36, 38, 39) or 300 <= three <= 305:
        return length in (14, 16)
    return length in (16, 19) and (four == 6011 or two in (50, 56, 57, 58, 62, 63, 65, 67) or 644 <= three <= 649 or 3528 <= four <= 3589)


def has_token_checksum(token: str) -> bool:
    """Say whether the last six characters of a GitHub or npm token are the CRC-32 of those after the prefix, in base 62.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats
    """
    number, digits = zlib.crc32(token.split("_", 1)[1][:-6].encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0") == token[-6:]


def wordiness(value: str) -> float:
    """Return the share of the characters of `value` that lie in runs of letters which read as words, 0 to 1."""
    runs = re.findall(r"[A-Z]?[a-z]{3,}|[A-Z]{4,}", value)
    return sum(len(run) for run in runs if re.search(r"[aeiouy]", run.lower()) and not _UNREADABLE.search(run)) / max(1, len(value))
