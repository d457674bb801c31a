"""What stands in for a value: typed, the same for the same value in a scope, of the same shape where shape matters.

All of them are words, addresses and numbers that no rule takes for a finding, and that are valid in a string of any language, in JSON,
YAML, XML, a URL and a shell.
"""

import ipaddress
import re
from collections.abc import Callable

from blake3 import blake3

from assets.passport import SEPARATOR
from assets.redaction.candidate import MARK
from assets.redaction.personal_checks import spelled_address

_TEST_NETS = ("192.0.2", "198.51.100", "203.0.113")  # RFC 5737


def replacement(name: str, value: str, scope: str, salt: str) -> str:
    """Return what replaces `value` of the class `name` in `scope`: with the five digits that keyed BLAKE3 gives it.

    Five digits tell the people in one repository apart and are too few to find a value by trial: each stands for one in 100,000 of all.
    """
    key = blake3(salt.encode()).digest()
    parts = SEPARATOR.join((scope, name, _canonical(name, value)))
    number = int.from_bytes(blake3(parts.encode("utf-8", "surrogatepass"), key=key).digest(length=8)) % 100_000
    return _SHAPES.get(name, lambda _, number: f"{MARK}{name.upper()}_{number:05d}")(value, number)


def _canonical(name: str, value: str) -> str:
    """Return the form that all spellings of one value share."""
    if name == "email":
        return spelled_address(value)
    if name in ("phone", "payment_card", "us_ssn", "iban", "mac_address"):
        return re.sub(r"[^0-9A-Za-z]", "", value).lower()
    return value


def _email(_: str, number: int) -> str:
    return f"email-{number:05d}@example.com"


def _ipv4(_: str, number: int) -> str:
    return f"{_TEST_NETS[number % 3]}.{number // 3 % 254 + 1}"


def _ipv6(_: str, number: int) -> str:
    return str(ipaddress.IPv6Address("2001:db8::") + number + 1)


def _mac(value: str, number: int) -> str:
    return value[2].join(("00", "00", "5e", "00", "53", f"{number % 256:02x}"))  # RFC 7042


def _phone(value: str, number: int) -> str:
    """Return a number of the same shape that ends in 555-01xx, which is given to nobody."""
    plain = re.split(r"\s?(?:x|ext)", value)[0]
    count = sum(map(str.isdigit, plain))
    head = "1" * plain.startswith("+") + f"{number // 100:03d}".replace("0", "2") * 4
    return _fill(plain, head[: count - 7] + f"55501{number % 100:02d}")


def _card(value: str, number: int) -> str:
    """Return a number of the same shape that begins with 99, which no network has."""
    return _fill(value, f"99{number:05d}" + "0" * 12)


def _ssn(value: str, number: int) -> str:
    """Return a number in the areas from 900, which are never given."""
    return _fill(value, f"9{number:05d}000")


def _fill(shape: str, digits: str) -> str:
    rest = iter(digits)
    return "".join(next(rest, "0") if character.isdigit() else character for character in shape)


def _user_name(_: str, number: int) -> str:
    return f"user{number:05d}"


def _person(_: str, number: int) -> str:
    return f"PERSON_{number:05d}"


_SHAPES: dict[str, Callable[[str, int], str]] = {
    "email": _email,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac_address": _mac,
    "phone": _phone,
    "payment_card": _card,
    "us_ssn": _ssn,
    "user_name": _user_name,
    "person_name": _person,
}
