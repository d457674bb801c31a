"""What a candidate for a secret must pass: entropy, checksums, decoding, names and placeholders."""

import base64
import binascii
import json
import re

from assets.redaction.allowlists import is_placeholder, is_sample_token
from assets.redaction.candidate import Candidate, Check
from assets.redaction.checksums import entropy_bits, has_token_checksum, wordiness

# A name that ends so says where a secret is, or what it looks like, and not what it is.
_ABOUT_SECRETS = re.compile(
    r"(?i)(?:ur[il]|path|file|dir|name|type|kind|header|prefix|suffix|label|hint|field|column|param|regex|pattern|format|length|len|size|count|index"
    r"|id|ids|env|var|public|placeholder|title|text|message|msg|error|help|desc|description|policy|expir\w*|ttl|timeout|method|endpoint|class|style"
    r"|factory|builder|provider|manager|generator|icon|input|form|hash|checksum|digest|algorithm|alg|encoding|version|status|state|scope|issuer|audience|location|arn|ref|selector|xpath)$"
    r"|tokeni[sz]|tokens|(?:next|page|pagination|continuation|sync|pad|eos|bos|unk|mask|cls|sep|special|lex|parse|syntax|csrf_?middleware|cancel\w*)[_-]?token"
    r"|(?:cache|sort|partition|primary|foreign|row|range|hash|map|object|s3|i18n|translation|idempotency|site|lookup|group|index|unique|dict|config|event"
    r"|meta|data|query|param|route|field|column|item|message|label|locale|json|yaml|xml|env|registry|hot|short_?cut|shift|ctrl|alt|arrow|press)[_.-]?key"
    r"|(?:gpg|pgp|apt)[_.-]?key|fingerprint|public|secretar|passwordless|token_?(?:type|name|stream|list|map)"
)
_PASSWORD_NAME = re.compile(r"(?i)pass|pwd")
_NAMES_A_KEY = re.compile(r"(?i)secret|api|pass|pwd|auth|private|token$")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WORDS = re.compile(r"(?:[A-Za-z]+[-_./ ])*[A-Za-z]+\d?")
_NOT_A_VALUE = re.compile(
    r"://|(?:\\u[0-9a-fA-F]{4}){2}|(?:\\x[0-9a-fA-F]{2}){2}|^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$|^\.{0,2}/|^~/|^[A-Za-z]:\\|[{}<>()]|^sha\d{1,3}[-:]|^data:|^[\w.+-]+@[\w-]+\.[\w.]+$|^[#&*%$@]?\w+\.(?:py|js|json|txt|ya?ml|pem|key|crt|env|html?)$"
)


def _entropy(found: Candidate, threshold: float) -> bool:
    return entropy_bits(found.value) >= threshold and not is_sample_token(found.value)


def _crc32_base62(found: Candidate, threshold: float) -> bool:
    return _entropy(found, threshold) or (has_token_checksum(found.value) and not is_sample_token(found.value))


def _not_hex(found: Candidate, _: float) -> bool:
    return re.fullmatch(r"[0-9a-fA-F]+", found.value) is None


def _mixed(found: Candidate, _: float) -> bool:
    return all(re.search(kind, found.value) for kind in ("[a-z]", "[A-Z]", "[0-9]"))


def _basic_credentials(found: Candidate, _: float) -> bool:
    try:
        text = base64.b64decode(found.value + "=" * (-len(found.value) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    user, colon, password = text.partition(":")
    return bool(colon and user and len(password) >= 4) and text.isprintable() and not is_placeholder(password)


def _jwt_header(found: Candidate, _: float) -> bool:
    head = found.value.split(".")[0]
    try:
        return "alg" in json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (binascii.Error, ValueError, TypeError):
        return False


def _key_body(found: Candidate, _: float) -> bool:
    runs = "".join(re.findall(r"[A-Za-z0-9+/=]{24,}", found.value[:1000]))
    return len(runs) >= 48 and entropy_bits(runs) >= 3.5


def _password(found: Candidate, _: float) -> bool:
    value = found.value
    if is_placeholder(value) or value.isdigit() or re.search(r"[{}<>()\\,]|^\$|^:|\.\.", value):
        return False
    return re.fullmatch(r"\w+\.\w+", value) is None or re.search(r"\d", value) is not None  # user.name is code


def _command_password(found: Candidate, _: float) -> bool:
    return _password(found, 0) and (_is_random(found.value) or _is_password(found.value)) and not found.value.startswith(("/", "./", "~"))


def _connection_string(found: Candidate, _: float) -> bool:
    return (
        re.search(r"(?i)(?:server|data source|host|user ?id|uid|user|database|initial catalog)[ ]?=", found.before + found.after)
        is not None
    )


def _token(found: Candidate, _: float) -> bool:
    return _is_random(found.value) and not is_placeholder(found.value)


def _assigned(found: Candidate, _: float) -> bool:
    named = _PASSWORD_NAME.search(found.name) or (
        found.name.lower().endswith("secret") and re.search(r"\d", found.value) and re.search(r"[#!@%^&*]", found.value)
    )
    chosen = _is_random(found.value) or (named and _is_password(found.value))
    if not chosen or _ABOUT_SECRETS.search(found.name) or _NOT_A_VALUE.search(found.value) or is_placeholder(found.value):
        return False
    return _UUID.fullmatch(found.value) is None or _NAMES_A_KEY.search(found.name) is not None


def _any_signs(found: Candidate, _: float) -> bool:
    """Say whether a machine made the value of all signs of the keyboard, as frameworks make their keys."""
    return len(set(found.value)) >= 20 and found.value.count(" ") < 4 and wordiness(found.value) < 0.5 and entropy_bits(found.value) >= 4.2


def _is_random(value: str) -> bool:
    """Say whether nobody made `value` up: long enough, of several kinds of characters, without words."""
    digits, letters = sum(map(str.isdigit, value)), sum(map(str.isalpha, value))
    if len(value) < 16:
        return len(value) >= 10 and digits >= 2 and letters >= 2 and wordiness(value) < 0.3 and entropy_bits(value) >= 3.0
    if not digits:
        return len(value) >= 20 and not value.islower() and not value.isupper() and wordiness(value) < 0.45 and entropy_bits(value) >= 3.8
    return letters >= 2 and wordiness(value) < (0.6 if digits >= 2 and len(value) >= 24 else 0.45) and entropy_bits(value) >= 3.0


def _is_password(value: str) -> bool:
    """Say whether `value` is what people and their password managers choose: letters with digits or signs."""
    if not 7 <= len(value) <= 64 or _WORDS.fullmatch(value):
        return False
    lower, upper, digit = (re.search(kind, value) is not None for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    sign = re.search(r"[^A-Za-z0-9_.-]", value) is not None
    return (lower or upper) and (digit or (lower and upper and sign))


CHECKS: dict[str, Check] = {
    "entropy": _entropy,
    "crc32_base62": _crc32_base62,
    "not_hex": _not_hex,
    "mixed": _mixed,
    "not_word": lambda found, threshold: wordiness(found.value) < (threshold or 0.5),
    "basic_credentials": _basic_credentials,
    "jwt_header": _jwt_header,
    "key_body": _key_body,
    "password": _password,
    "command_password": _command_password,
    "connection_string": _connection_string,
    "token": _token,
    "assigned": _assigned,
    "any_signs": _any_signs,
}
