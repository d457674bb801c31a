"""What a candidate for personal data must pass: checksums, context and allow-lists."""

import re

from assets.redaction.allowlists import (
    is_documentation_address,
    is_message_id,
    is_private_address,
    is_role_account,
    is_sample_iban,
    is_test_card,
)
from assets.redaction.candidate import Candidate, Check
from assets.redaction.checksums import is_card_number
from assets.redaction.phones import phone, phone_beside, phone_in_pairs, phone_named, phone_national, phone_told

_CARD_CONTEXT = re.compile(
    r"(?i)card|credit|debit|visa|master|amex|american express|discover|diners|maestro|\bcc\b|\bpan\b|payment|charge|billing|cvv|cvc|expir"
)
_OPAQUE = re.compile(r"\b(?=\w*\d)\w{18,}")  # a value, or what replaced it: words before it are not about what is after it
_IP_CONTEXT = re.compile(
    r"(?i)(?<![a-z0-9+/])ip|addr|host|(?<!b)server|peer|remote|client|dns|subnet|gateway|ping|ssh|listen|bind|connect|https?://|proxy|route|resolver|cidr"
)
_VERSION_CONTEXT = re.compile(
    r"(?i)version|release|changelog|section|\boid\b|firmware|driver|\bsdk\b|\bv(?:er)?\.? ?$|\bver[\"']?\s?[:=]\s?[\"']?$|[=<>~^!]=[ ]?$"
    r"|\([<>=~]>?[ ]?$|[a-z] ?v$"
)
_QUAD = re.compile(r"(?<![\d.])\d{1,6}(?:\.\d{1,6}){3}(?![\d.])")
_HOST_BEFORE = re.compile(r"(?i)(?:://|@|ip=|host=|addr=|address=|server=|\$\{\w+:-)$")
_LOG_LINE = re.compile(r" (?:-|[\w.@-]+) (?:-|[\w.@-]+) \[\d")  # the first field of the common log format
_PART_NUMBER = re.compile(
    r"(?i)\b(?:part|serial|s/n|p/n|sku|model|item|order|invoice|ticket|case|article|catalog\w*|document|doc|drawing)"
    r"[ ._-]?(?:no|nr|num|number|id)?\W{0,4}$"
)
# What @ and the dot are called in other languages.
_AT_WORDS = r"at|@|ät|arroba|arobase|chiocciola|ma\u0142pa|malpa|apenstaartje|snabel-?a|klammeraffe|\u0441\u043e\u0431\u0430\u043a\u0430"
_DOT_WORDS = r"dot|\.|punkt|punt|punto|point|ponto|kropka|te\u010dka|\u0442\u043e\u0447\u043a\u0430"
_SPELLED_SIGN = {" underscore ": "_", " dash ": "-", " hyphen ": "-", " minus ": "-", " plus ": "+"}
_SPELLED_AT = re.compile(
    rf"\s*[(\[{{<*|]+\s*(?:{_AT_WORDS})\s*[)\]}}>*|]+\s*|\s*(?:\(a\)|-at-)\s*|\s+(?:at|arroba|chiocciola)\s+|%40|_at_|&#(?:64|x40);|&commat;"
)
_SPELLED_DOT = re.compile(
    rf"\s*[(\[{{<*|]+\s*(?:{_DOT_WORDS})\s*[)\]}}>*|]+\s*|\s*-dot-\s*|\s+(?:dot|punto|ponto|punkt|punt)\s+|_dot_|&#46;|&period;"
)
# What a sentence has before "at host dot org".
_NO_MAILBOX = re.compile(r"(?:issues?|see|look|project|available|hosted|us|me|meet|code|repo|visit|page|site|found|it|them|out|here)@")
# A host from or to which one copies.
_REMOTE_PATH = re.compile(r":(?:~?/|[\w./-]+\.git\b)")
_FAMOUS_SSN = ("123456789", "078051120", "219099999", "987654321")  # printed on specimen cards
_FAMOUS_MAC = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:11:22:33:44:55", "aa:bb:cc:dd:ee:ff", "01:23:45:67:89:ab", "12:34:56:78:9a:bc"}


def spelled_address(value: str) -> str:
    """Return the e-mail address that "jane at host dot org" spells, in lower case."""
    plain = value.lower().replace("&nbsp;", " ")
    for word, sign in _SPELLED_SIGN.items():
        plain = plain.replace(word, sign)
    at = _SPELLED_AT.sub("@", plain, count=1)
    return _SPELLED_DOT.sub(".", at)


def _email(found: Candidate, _: float) -> bool:
    if is_documentation_address(found.value.replace("\\", "")) or is_message_id(found.value) or _REMOTE_PATH.match(found.after):
        return False
    if re.search(r"://[^\s/@]*$", found.before):  # the user of a host, or the end of a password
        return re.search(r"(?i)mailto:[^\s/@]*$", found.before) is not None
    return True


def _spelled_email(found: Candidate, _: float) -> bool:
    address = spelled_address(found.value)
    if _NO_MAILBOX.match(address):
        return False
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", address) is not None and not is_documentation_address(address)


def _ipv4(found: Candidate, _: float) -> bool:
    octets = found.value.split(".")
    if any(len(octet) > 1 and octet.startswith("0") for octet in octets) or is_private_address(found.value):
        return False
    if _HOST_BEFORE.search(found.before) is None and re.search(r"[-_/@^~vV#+]$", found.before) and not _is_socket(found):
        return False
    if re.match(r"[-_+]\w|/(?!32\b)\d", found.after) or _VERSION_CONTEXT.search(found.before[-24:]):
        return False
    if re.match(r"/32\b", found.after):
        return True
    near = found.before[-48:] + " " + found.after[:48]
    line = found.before[-48:].rpartition("\n")[2]
    told = line if re.search(r"\w", line) else found.before[-48:]
    short = len(found.value) <= 10 or all(int(octet) < 32 for octet in octets)
    if _LOG_LINE.match(found.after) and re.search(r"(?:^|\n)$", found.before):
        return True
    quoted = (
        re.search(r"['\"`]$", found.before) is not None
        and found.after[:1] in ("'", '"', "`")
        and sum(int(octet) > 31 for octet in octets) > 1
    )
    version_like = short or octets[1] == "0" or (not quoted and any(_is_version(quad) for quad in _QUAD.findall(near)))
    return not version_like or _IP_CONTEXT.search(told + " " + found.after[:16]) is not None


def _is_socket(found: Candidate) -> bool:
    """Say whether `found` is printed as Java prints a socket address: /1.2.3.4:80."""
    return re.search(r"(?:^|[\s=(,\[])/$", found.before) is not None and re.match(r":\d{1,5}\b", found.after) is not None


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
    if len(digits) in (15, 16) and found.before[-1:] in ("'", '"') and found.after[:1] in ("'", '"'):
        return True
    return (
        digits != found.value
        or found.prose
        or _CARD_CONTEXT.search(_OPAQUE.split(found.before[-80:])[-1] + " " + found.after[:40]) is not None
    )


def _iban(found: Candidate, _: float) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(found.value, check_country=False)) and not is_sample_iban(found.value)


def _ssn(found: Candidate, _: float) -> bool:
    digits = re.sub("[ -]", "", found.value)
    area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
    if area in (0, 666) or area >= 900 or 0 in (group, serial):
        return False
    if digits in _FAMOUS_SSN:
        return False
    context = re.search(r"(?i)ssn|social.{0,3}security|taxpayer|\bss#", found.before[-64:]) is not None
    return context or (found.value[3] == "-" and not _PART_NUMBER.search(found.before[-32:]))


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
    "phone_named": phone_named,
    "phone_national": phone_national,
    "phone_told": phone_told,
    "user_name": _user_name,
}
