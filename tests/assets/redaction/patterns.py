"""Values written as patterns, so that no secret and nobody's number stands in the repository.

In every pattern {A24} stands for 24 random characters of an alphabet (`ALPHABETS`), {c36} for 36 of which the last six are the checksum of
GitHub's and npm's tokens, {jwt}, {pem}, {pemn} and {basic} for a web token, the body of a private key (in lines, or with \\n) and basic
credentials. In numbers (`NUMBERS`) # stands for a digit, % for one from 1, ~ for one from 2, and $ for check digits that make it valid.
"""

import base64
import json
import random
import re
import string
import zlib

NUMBERS = frozenset({"phone", "ipv4", "ipv6", "payment_card", "iban", "us_ssn", "mac_address"})
PERSONAL_CLASSES = NUMBERS | {"email", "person_name", "user_name"}
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
ALPHABETS = {
    "A": _BASE62,
    "B": _BASE62 + "+/",
    "H": "0123456789ABCDEF",
    "L": string.ascii_letters,
    "U": string.ascii_uppercase + string.digits,
    "W": _BASE62 + "_-",
    "a": string.ascii_lowercase + string.digits,
    "b": string.ascii_uppercase + "234567",
    "d": string.digits,
    "h": "0123456789abcdef",
    "l": string.ascii_lowercase,
}
_DIGITS = {"#": string.digits, "%": "123456789", "~": "23456789"}
_RUN = re.compile(r"\{(?:([A-Za-z])(\d+)|(jwt|pemn?|basic))\}")


def fill(kind: str, pattern: str, rng: random.Random) -> str:
    """Return a value of `kind` that `pattern` describes."""
    text = _RUN.sub(lambda run: _whole(run[3], rng) if run[3] else _run(run[1], int(run[2]), rng), pattern)
    if kind not in NUMBERS:
        return text
    text = re.sub("[#%~]", lambda mark: rng.choice(_DIGITS[mark[0]]), text)
    return _with_check_digits(text) if "$" in text else text


def _run(alphabet: str, length: int, rng: random.Random) -> str:
    if alphabet != "c":
        return "".join(rng.choices(ALPHABETS[alphabet], k=length))
    body = "".join(rng.choices(_BASE62, k=length - 6))
    checksum, digits = zlib.crc32(body.encode()), ""
    while checksum:
        checksum, digit = divmod(checksum, 62)
        digits = _BASE62[digit] + digits
    return body + digits.rjust(6, "0")


def _whole(what: str, rng: random.Random) -> str:
    if what == "basic":
        return base64.b64encode(f"svc-{_run('l', 4, rng)}:{_run('A', 14, rng)}".encode()).decode()
    if what == "jwt":
        claims = ({"alg": "HS256", "typ": "JWT"}, {"sub": _run("d", 8, rng), "iat": rng.randrange(10**9, 2 * 10**9)})
        parts = [base64.urlsafe_b64encode(json.dumps(claim).encode()).decode().rstrip("=") for claim in claims]
        return ".".join([*parts, _run("W", 43, rng)])
    lines = ["MII" + _run("B", 61, rng), *(_run("B", 64, rng) for _ in range(6))]
    return ("\\n" if what == "pemn" else "\n    ").join(lines)


def _with_check_digits(text: str) -> str:
    """Put Luhn's digit, or the two of ISO 13616, in the place of $."""
    if "$$" in text:
        bare = re.sub(r"\s", "", text.replace("$$", "00"))
        number = int("".join(str(int(character, 36)) for character in bare[4:] + bare[:4]))
        return text.replace("$$", f"{98 - number % 97:02}")
    return next(whole for digit in string.digits if _luhn(whole := text.replace("$", digit)))


def _luhn(number: str) -> bool:
    digits = [int(character) for character in number if character.isdigit()][::-1]
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(digits)) % 10 == 0
