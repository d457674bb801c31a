"""What a candidate for personal data must pass: checksums, context and allow-lists."""

import re

from assets.redaction.allowlists import is_documentation_address, is_private_address, is_role_account, is_sample_iban, is_test_card
from assets.redaction.candidate import Candidate, Check
from assets.redaction.checksums import is_card_number
from assets.redaction.phones import phone, phone_beside, phone_in_pairs

_CARD_CONTEXT = re.compile(
    r"(?i)card|credit|debit|visa|master|amex|american express|discover|diners|maestro|\bcc\b|\bpan\b|payment|charge|billing|cvv|cvc|expir"
)
_IP_CONTEXT = re.compile(
    r"(?i)(?<![a-z0-9+/])ip|addr|host|server|peer|remote|client|dns|subnet|gateway|ping|ssh|listen|bind|connect|https?://|proxy|route|resolver|cidr"
)
_VERSION_CONTEXT = re.compile(
    r"(?i)version|release|changelog|section|\boid\b|firmware|driver|\bsdk\b|\bv(?:er)?\.? ?$|[=<>~^!]=[ ]?$|\([<>=~]>?[ ]?$|[a-z] ?v$"
)
_QUAD = re.compile(r"(?<![\d.])\d{1,6}(?:\.\d{1,6}){3}(?![\d.])")
_HOST_BEFORE = re.compile(r"(?i)(?:://|@|ip=|host=|addr=|address=|server=|\$\{\w+:-)$")
_PART_NUMBER = re.compile(
    r"(?i)\b(?:part|serial|s/n|p/n|sku|model|item|order|invoice|ticket|case|article|catalog\w*|document|doc|drawing)"
    r"[ ._-]?(?:no|nr|num|number|id)?\W{0,4}$"
)
_FAMOUS_SSN = ("123456789", "078051120", "219099999", "987654321")  # printed on specimen cards
_FAMOUS_MAC = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:11:22:33:44:55", "aa:bb:cc:dd:ee:ff", "01:23:45:67:89:ab", "12:34:56:78:9a:bc"}


def spelled_address(value: str) -> str:
    """Return the e-mail address that "jane at host dot org" spells, in lower case."""
    at = re.sub(r"\s*[(\[{<]\s*(?:at|@)\s*[)\]}>]\s*|\s+at\s+|%40|_at_|&#(?:64|x40);|&commat;", "@", value.lower(), count=1)
    return re.sub(r"\s*[(\[{<]\s*(?:dot|\.)\s*[)\]}>]\s*|\s+dot\s+|_dot_|&#46;|&period;", ".", at)


def _email(found: Candidate, _: float) -> bool:
    if is_documentation_address(found.value):
        return False
    if re.search(r"://[^\s/@]*$", found.before):  # the user of a host, or the end of a password
        return re.search(r"(?i)mailto:[^\s/@]*$", found.before) is not None
    return True


def _spelled_email(found: Candidate, _: float) -> bool:
    address = spelled_address(found.value)
    return re.fullmatch(r"[^@\s]+@[^@\s]+", address) is not None and not is_documentation_address(address)


def _ipv4(found: Candidate, _: float) -> bool:
    octets = found.value.split(".")
    if any(len(octet) > 1 and octet.startswith("0") for octet in octets) or is_private_address(found.value):
        return False
    if _HOST_BEFORE.search(found.before) is None and re.search(r"[-_/@^~vV#+]$", found.before):
        return False
    if re.match(r"[-_+]\w|/(?!32\b)\d", found.after) or _VERSION_CONTEXT.search(found.before[-24:]):
        return False
    near = found.before[-48:] + " " + found.after[:48]
    short = len(found.value) <= 10 or all(int(octet) < 32 for octet in octets)
    version_like = short or octets[1] == "0" or any(_is_version(quad) for quad in _QUAD.findall(near))
    return not version_like or _IP_CONTEXT.search(found.before[-48:] + " " + found.after[:16]) is not None


def _is_version(quad: str) -> bool:
    numbers = [int(number) for number in quad.split(".")]
    return max(numbers) > 255 or (0 < max(numbers) < 32 and numbers[0] != 10)


def _ipv6(found: Candidate, _: float) -> bool:
    return not is_private_address(found.value)


def _mac(found: Candidate, _: float) -> bool:
    octets = re.split("[:-]", found.value.lower())
    documentation = octets[:5] == ["00", "00", "5e", "00", "53"]  # RFC 7042
    if documentation or ":".join(octets) in _FAMOUS_MAC or int(octets[0], 16) & 1:
        return False
    return len(set(octets)) >= 4 and not all(octet.isdigit() and int(octet) < 60 for octet in octets)


def _card(found: Candidate, _: float) -> bool:
    digits = re.sub("[ -]", "", found.value)
    if not is_card_number(digits) or is_test_card(digits) or (len(digits) == 13 and digits[-7:-2] == "55501"):
        return False
    return digits != found.value or found.prose or _CARD_CONTEXT.search(found.before[-80:] + " " + found.after[:40]) is not None


def _iban(found: Candidate, _: float) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(found.value)) and not is_sample_iban(found.value)


def _ssn(found: Candidate, _: float) -> bool:
    digits = re.sub("[ -]", "", found.value)
    area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
    if area in (0, 666) or area >= 900 or 0 in (group, serial):
        return False
    context = re.search(r"(?i)ssn|social.{0,3}security|taxpayer|\bss#", found.before[-64:]) is not None
    return context or (found.value[3] == "-" and digits not in _FAMOUS_SSN and not _PART_NUMBER.search(found.before[-32:]))


def _user_name(found: Candidate, _: float) -> bool:
    name = found.value
    return not is_role_account(name) and re.search(r"[A-Za-z]{2}", name) is not None and re.fullmatch(r"[A-Z_]{2,}", name) is None


CHECKS: dict[str, Check] = {
    "email": _email,
    "spelled_email": _spelled_email,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "mac": _mac,
    "card": _card,
    "iban": _iban,
    "ssn": _ssn,
    "phone": phone,
    "phone_beside": phone_beside,
    "phone_in_pairs": phone_in_pairs,
    "user_name": _user_name,
}
