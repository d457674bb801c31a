"""What a candidate for personal data must pass: checksums, context and allow-lists."""

import re

from assets.redaction.allowlists import is_documentation_address, is_private_address, is_role_account, is_sequence
from assets.redaction.candidate import Candidate, Check
from assets.redaction.checksums import is_card_number

_CARD_CONTEXT = re.compile(
    r"(?i)card|credit|debit|visa|master|amex|american express|discover|diners|maestro|\bcc\b|\bpan\b|payment|charge|billing|cvv|cvc|expir"
)
_IP_CONTEXT = re.compile(
    r"(?i)\bip|addr|host|server|peer|remote|client|dns|subnet|gateway|ping|ssh|listen|bind|connect|https?://|proxy|route|resolver"
)
_VERSION_CONTEXT = re.compile(
    r"(?i)version|release|changelog|section|\boid\b|firmware|driver|\bsdk\b|\bv(?:er)?\.? ?$|[=<>~^!]=[ ]?$|[a-z] ?v$"
)
_QUAD = re.compile(r"(?<![\d.])\d{1,6}(?:\.\d{1,6}){3}(?![\d.])")
_HOST_BEFORE = re.compile(r"(?i)(?:://|@|ip=|host=|addr=|address=|server=)$")
_PHONE_CONTEXT = re.compile(
    r"(?i)phone|\btel\b|telephone|fax|mobile|\bcell|\bcall|contact|whats.?app|\bsms\b|dial|hotline|\bdesk\b|\boffice\b|reach|\bring\b|\bnumber\b"
    r"|message|\btext\b|voice|helpline|support"
)
_PHONE_NAMED = re.compile(r"(?i)phone|\btel\b|fax|mobile|\bcell\b|call (?:me|us|him|her|them)\b|whats.?app|\bsms\b|dial")
_NUMBER = re.compile(r"\+?(?:\(?\d{1,15}\)?(?:[ ./-]|(?<=\)) ?|(?=\()|$| (?=\()| - )){1,8}")
_EXTENSION = re.compile(r"\s?(?:x|ext)")
# 555-0100 to 555-0199 are given to nobody; the replacements of social security numbers and cards are none either.
_FICTION = re.compile(r"55501\d\d$|^9\d{5}000$|^99\d{11,}$")
_SSN_SHAPE = re.compile(r"\d{3}[- ]\d{2}[- ]\d{4}")
_DATE = re.compile(r"(?:19|20)\d\d[-/. ]?[01]\d[-/. ]?[0-3]\d")
_IN_A_NUMBER = re.compile(r"[:.=/-]\d{0,6}$|0x$")
_AFTER_PHONE = re.compile(r"(?i)^[ ,(]{1,3}(?:fax|office|mobile|cell|phone|home|work|tel)\b")
_PHONE_LABEL = re.compile(r"(?i)(?:tel|phone|fax|mobile|cell|\bt|\bf|\bm|\bp)[:.=]$")
_FAMOUS_SSN = ("123456789", "078051120", "219099999", "987654321")  # printed on specimen cards
_FAMOUS_MAC = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "00:11:22:33:44:55", "aa:bb:cc:dd:ee:ff", "01:23:45:67:89:ab", "12:34:56:78:9a:bc"}


def spelled_address(value: str) -> str:
    """Return the e-mail address that "jane at host dot org" spells, in lower case."""
    at = re.sub(r"\s*[(\[{<]\s*(?:at|@)\s*[)\]}>]\s*|\s+at\s+|%40|_at_", "@", value.lower(), count=1)
    return re.sub(r"\s*[(\[{<]\s*(?:dot|\.)\s*[)\]}>]\s*|\s+dot\s+|_dot_", ".", at)


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
    return max(numbers) > 255 or (max(numbers) < 32 and numbers[0] != 10)


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
    if not is_card_number(digits) or (len(digits) == 13 and _FICTION.search(digits)):
        return False
    return digits != found.value or found.prose or _CARD_CONTEXT.search(found.before[-80:] + " " + found.after[:40]) is not None


def _iban(found: Candidate, _: float) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(found.value))


def _ssn(found: Candidate, _: float) -> bool:
    digits = re.sub("[ -]", "", found.value)
    area, group, serial = int(digits[:3]), int(digits[3:5]), int(digits[5:])
    if area in (0, 666) or area >= 900 or 0 in (group, serial):
        return False
    context = re.search(r"(?i)ssn|social.{0,3}security|taxpayer|\bss#", found.before[-64:]) is not None
    return context or (found.value[3] == "-" and digits not in _FAMOUS_SSN)


def _phone(found: Candidate, _: float) -> bool:
    number = _EXTENSION.split(found.value)[0]
    digits = re.sub(r"\D", "", number)
    if not _could_be_dialled(number, digits) or (_IN_A_NUMBER.search(found.before[-8:]) and not _PHONE_LABEL.search(found.before[-8:])):
        return False
    context = _PHONE_CONTEXT.search(found.before[-48:]) is not None or _AFTER_PHONE.search(found.after) is not None
    separated = re.search(r"[ ().-]", number) is not None
    if number.startswith("+"):
        return _dialable(number) and (context or found.prose or separated)
    if not context:
        return separated and not found.code and len(digits) in (10, 11)
    return separated or (len(digits) >= 9 and _PHONE_NAMED.search(found.before[-48:]) is not None)


def _could_be_dialled(number: str, digits: str) -> bool:
    """Say whether a number has the length and the shape of a telephone's and is no date, address, decimal, count or fiction."""
    if (
        not 7 <= len(digits) <= (15 if number.startswith("+") else 13)
        or not _NUMBER.fullmatch(number)
        or _FICTION.search(digits)
        or _DATE.match(number)
        or _SSN_SHAPE.fullmatch(number)
    ):
        return False
    return not (is_sequence(digits) or len(set(digits)) < 3 or re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}|\d+[./]\d+", number))


def _dialable(number: str) -> bool:
    import phonenumbers

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


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
    "phone": _phone,
    "user_name": _user_name,
}
