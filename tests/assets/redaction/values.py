"""Values of all kinds that redaction looks for, and of those that it must leave, made up with a fixed seed."""
# ruff: noqa: E501 (tables of values)

import base64
import random
import re
import string
import zlib
from collections.abc import Callable

_ALNUM, _HEX, _LOWER = string.ascii_letters + string.digits, "0123456789abcdef", string.ascii_lowercase + string.digits
_URLSAFE, _B64 = _ALNUM + "-_", _ALNUM + "+/"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase

PEOPLE = {
    "development": (
        "Alice Johnson,Robert Miller,Maria Garcia,Wei Zhang,Hans Schmidt,Sophie Laurent,James O'Connor,Priya Natarajan,Olga Ivanova,Tom van Dijk,Lars Eriksson,Ana Souza",
        "contoso-mail.com,northwind.io,fabrikam.co.uk,gmail.com,posteo.de,uni-heidelberg.de,initech.net,bluehorizon.org,wanadoo.fr,protonmail.com",
    ),
    "held_out": (
        "Daniel Kowalski,Yuki Tanaka,Chiara Rossi,Ahmed El Sayed,Ingrid Nilsen,Pedro Alvarez,Grace Mbeki,Jean-Luc Moreau,Nikolai Petrov,Emma de Vries,Liam Murphy,Zoë Brandt",
        "hooli.dev,piedpiper.com,outlook.com,vandelay.biz,eth-labs.ch,yahoo.co.jp,mailbox.org,cern.ch,stark-industries.us,telenet.be",
    ),
    "third": (
        "Hannah Lindqvist,Mateusz Wójcik,Fatima Haddad,Owen Gallagher,Keiko Mori,Bruno Carvalho,Stefan Huber,Amara Okafor,Julie Lefèvre,Dmitri Volkov",
        "stock-hub.net,brightwater.io,kestrel-soft.com,gmx.net,fastmail.com,tu-wien.ac.at,orange.fr,zeta-labs.dev",
    ),
}  # fmt: skip


class Maker:
    """Values of all kinds, from one seeded stream."""

    def __init__(self, half: str) -> None:
        self.random = random.Random(f"redaction {half}")
        self.names, self.domains = (words.split(",") for words in PEOPLE[half])

    def make(self, kind: str) -> str:
        """Return a value of `kind`."""
        return KINDS[kind](self)

    def of(self, alphabet: str, length: int) -> str:
        """Return `length` random characters, with a digit and a letter among them."""
        return "".join(self.random.choices(alphabet, k=length))

    def pick(self, *choices: str) -> str:
        """Return one of `choices`."""
        return self.random.choice(choices)


def _login(m: Maker) -> str:
    first, last = re.sub(r"[^a-z ]", "", m.random.choice(m.names).lower().replace("ë", "e")).split(" ", 1)
    last = last.replace(" ", "")
    return m.pick(f"{first}.{last}", f"{first[0]}{last}", f"{first}_{last}", f"{last}{m.random.randrange(10, 99)}", f"{first}")


def _user(m: Maker) -> str:
    return re.sub(r"[^a-z]", "", m.random.choice(m.names).lower())[: m.random.randrange(5, 9)]


def _email(m: Maker) -> str:
    return f"{_login(m)}@{m.random.choice(m.domains)}"


def _spelled(m: Maker) -> str:
    name, host = _login(m).replace("_", "."), m.random.choice(m.domains)
    dotted = host.replace(".", " dot ")
    return m.pick(
        f"{name} at {dotted}",
        f"{name} [at] {host.replace('.', ' [dot] ')}",
        f"{name} (at) {host}",
        f"{name} AT {host.replace('.', ' DOT ')}",
    )


def _ipv4(m: Maker) -> str:
    return f"{m.random.choice([23, 31, 45, 62, 81, 93, 104, 128, 151, 178, 185, 195, 217])}.{m.random.randrange(256)}.{m.random.randrange(256)}.{m.random.randrange(1, 255)}"


def _ipv6(m: Maker) -> str:
    prefix = m.pick("2a01:4f8", "2607:f8b0", "2a00:1450", "2400:cb00", "2606:4700")
    return f"{prefix}:{m.of(_HEX[1:], 3)}:{m.of(_HEX[1:], 4)}::{m.of(_HEX[1:], 4)}"


def _phone(m: Maker) -> str:
    r = m.random
    area, exchange, line = r.randrange(210, 980), r.randrange(220, 540), r.randrange(1000, 9999)
    return m.pick(
        f"+1 {area} {exchange} {line}", f"({area}) {exchange}-{line}", f"{area}-{exchange}-{line}", f"+1-{area}-{exchange}-{line}", f"{area}.{exchange}.{line}",
        f"+44 20 {r.randrange(7000, 7999)} {line}", f"+49 30 {r.randrange(1000000, 9999999)}", f"+33 1 {r.randrange(40, 60)} {r.randrange(10, 99)} {r.randrange(10, 99)} {r.randrange(10, 99)}",
        f"({area}) {exchange}-{line} x{r.randrange(100, 999)}", f"+91 98{r.randrange(100, 999)} {r.randrange(10000, 99999)}",
    )  # fmt: skip


def _luhn(body: str) -> str:
    total = sum(int(d) if place % 2 else sum(divmod(2 * int(d), 10)) for place, d in enumerate(reversed(body)))
    return body + str(-total % 10)


def _card(m: Maker) -> str:
    prefix, length = m.random.choice([("4", 16), ("51", 16), ("53", 16), ("55", 16), ("37", 15), ("6011", 16)])
    number = _luhn(prefix + m.of(string.digits, length - 1 - len(prefix)))
    return m.pick(number, " ".join(re.findall("....", number)), "-".join(re.findall("....", number))) if length == 16 else number


def _iban(m: Maker) -> str:
    country, length = m.random.choice([("DE", 18), ("NL", 0), ("FR", 0), ("ES", 20), ("BE", 12), ("AT", 16)])
    bban = (
        m.of(string.digits, length)
        if length
        else (m.pick("ABNA", "INGB") + m.of(string.digits, 10) if country == "NL" else m.of(string.digits, 10) + m.of(string.digits, 13))
    )
    if country == "BE":
        bban = bban[:10] + f"{int(bban[:10]) % 97 or 97:02d}"
    if country == "ES":
        weights = (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)
        check = [(11 - sum(int(d) * w for d, w in zip(part, weights, strict=True)) % 11) % 11 for part in ("00" + bban[:8], bban[10:])]
        bban = bban[:8] + "".join(str(1 if digit == 10 else digit) for digit in check) + bban[10:]
    if country == "FR":
        bban = bban[:21] + f"{97 - (89 * int(bban[:5]) + 15 * int(bban[5:10]) + 3 * int(bban[10:21])) % 97:02d}"
    digits = "".join(str(int(c, 36)) for c in bban + country + "00")
    whole = f"{country}{98 - int(digits) % 97:02d}{bban}"
    return m.pick(whole, " ".join(re.findall(".{1,4}", whole)))


def _ssn(m: Maker) -> str:
    return f"{m.random.choice([*range(1, 666), *range(667, 900)]):03d}-{m.random.randrange(1, 100):02d}-{m.random.randrange(1, 10000):04d}"


def _mac(m: Maker) -> str:
    return (
        m.pick("3c", "a4", "f0", "d8")
        + "".join(m.pick(":") + m.pick("b8", "7e", "1f", "c3", "9a", "e5", "4d", "0b", "6f", "d2") for _ in range(4))
        + ":"
        + m.of("abcdef", 2)
    )


def _checked(m: Maker, prefix: str) -> str:
    body, digits = m.of(_ALNUM, 30), ""
    number = zlib.crc32(body.encode())
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return f"{prefix}_{body}{digits.rjust(6, '0')}"


def _jwt(m: Maker) -> str:
    head = base64.urlsafe_b64encode(m.pick('{"alg":"HS256","typ":"JWT"}', '{"alg":"RS256","kid":"k1"}').encode()).decode().rstrip("=")
    body = base64.urlsafe_b64encode(f'{{"sub":"{m.of(_LOWER, 10)}","iat":17{m.of("0123456789", 8)}}}'.encode()).decode().rstrip("=")
    return f"{head}.{body}.{m.of(_URLSAFE, 43)}"


def _discord(m: Maker) -> str:
    return base64.b64encode(m.of("123456789", 18).encode()).decode() + "." + m.of(_URLSAFE, 6) + "." + m.of(_URLSAFE, 27)


def _chosen(m: Maker) -> str:
    word = m.pick("Harbour", "Falcon", "granite", "Tulip", "violet", "Orchard", "saffron", "Meadow", "Comet", "walrus")
    return m.pick(
        f"{word}{m.random.randrange(1970, 2030)}!",
        f"{word}#{m.of(_ALNUM, 4)}7",
        m.of(_ALNUM + "!#%^&*-_", 13) + "x9!",
        f"{word}-{m.of(string.digits, 4)}-{m.of(_LOWER, 5)}",
    )


def _uuid(m: Maker) -> str:
    return "-".join(m.of(_HEX, size) for size in (8, 4, 4, 4, 12))


KINDS: dict[str, Callable[[Maker], str]] = {
    "email": _email,
    "spelled_email": _spelled,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "phone": _phone,
    "card": _card,
    "iban": _iban,
    "ssn": _ssn,
    "mac": _mac,
    "user": _user,
    "person": lambda m: m.random.choice(m.names),
    "aws_id": lambda m: "AK" + "IA" + m.of(string.ascii_uppercase + "234567", 16),
    "aws_secret": lambda m: m.of(_B64, 40),
    "gcp_key": lambda m: "AI" + "za" + "Sy" + m.of(_URLSAFE, 33),
    "gcp_oauth": lambda m: "GOC" + "SPX-" + m.of(_URLSAFE, 28),
    "azure_storage": lambda m: m.of(_B64, 86) + "==",
    "azure_ad": lambda m: m.of(_ALNUM, 3) + "8Q~" + m.of(_ALNUM + "-_.", 34),
    "azure_sas": lambda m: m.of(_ALNUM, 43) + "%3D",
    "github": lambda m: _checked(m, m.pick("ghp", "gho", "ghs")),
    "github_unchecked": lambda m: "gh" + "p_" + m.of(_ALNUM, 36),
    "github_fine": lambda m: "github_" + "pat_" + m.of(_ALNUM, 22) + "_" + m.of(_ALNUM, 59),
    "gitlab": lambda m: "glp" + "at-" + m.of(_ALNUM, 20),
    "bitbucket": lambda m: "AT" + "BB" + m.of(_ALNUM, 24) + m.of("0123456789ABCDEF", 8),
    "slack": lambda m: "xo" + "xb-" + m.of(string.digits, 12) + "-" + m.of(string.digits, 12) + "-" + m.of(_ALNUM, 24),
    "slack_hook": lambda m: "T" + m.of(string.ascii_uppercase + string.digits, 8) + "/B" + m.of(string.ascii_uppercase + string.digits, 8) + "/" + m.of(_ALNUM, 24),
    "discord": _discord,
    "telegram": lambda m: m.of("123456789", 10) + ":AA" + m.of(_URLSAFE, 33),
    "twilio": lambda m: "S" + "K" + m.of(_HEX, 32),
    "sendgrid": lambda m: "S" + "G." + m.of(_URLSAFE, 22) + "." + m.of(_URLSAFE, 43),
    "mailgun": lambda m: "key" + "-" + m.of(_HEX, 32),
    "stripe": lambda m: m.pick("sk", "rk") + "_li" + "ve_" + m.of(_ALNUM, m.random.choice([24, 99])),
    "square": lambda m: "sq0" + "atp-" + m.of(_URLSAFE, 22),
    "braintree": lambda m: "access_token$" + "production$" + m.of(_LOWER, 16) + "$" + m.of(_HEX, 32),
    "shopify": lambda m: "shp" + "at_" + m.of(_HEX, 32),
    "openai": lambda m: m.pick("sk-" + m.of(_ALNUM, 20) + "T3Blbk" + "FJ" + m.of(_ALNUM, 20), "sk-pr" + "oj-" + m.of(_URLSAFE, 74) + "T3Blbk" + "FJ" + m.of(_ALNUM, 74)),
    "anthropic": lambda m: "sk-a" + "nt-api03-" + m.of(_URLSAFE, 93) + "AA",
    "groq": lambda m: "gs" + "k_" + m.of(_ALNUM, 52),
    "replicate": lambda m: "r" + "8_" + m.of(_ALNUM, 37),
    "npm": lambda m: _checked(m, "npm"),
    "pypi": lambda m: "pypi-" + "AgEIcHlwaS5vcmc" + m.of(_URLSAFE, 120),
    "rubygems": lambda m: "rubygems" + "_" + m.of(_HEX, 48),
    "docker": lambda m: "dckr_" + "pat_" + m.of(_URLSAFE, 27),
    "hugging_face": lambda m: "h" + "f_" + m.of(string.ascii_letters, 34),
    "databricks": lambda m: "da" + "pi" + m.of(_HEX, 32),
    "digitalocean": lambda m: "dop_" + "v1_" + m.of(_HEX, 64),
    "heroku": _uuid,
    "cloudflare": lambda m: m.of(_URLSAFE, 40),
    "datadog": lambda m: m.of(_HEX, 32),
    "new_relic": lambda m: "NR" + "AK-" + m.of(string.ascii_uppercase + string.digits, 27),
    "sentry": lambda m: m.of(_HEX, 32),
    "grafana": lambda m: "gl" + "sa_" + m.of(_ALNUM, 32) + "_" + m.of(_HEX, 8),
    "vault": lambda m: "hv" + "s." + m.of(_URLSAFE, 90),
    "doppler": lambda m: "dp." + "pt." + m.of(_ALNUM, 43),
    "terraform": lambda m: m.of(_ALNUM, 14) + ".atlas" + "v1." + m.of(_URLSAFE, 67),
    "jwt": _jwt,
    "key_line": lambda m: m.of(_B64, 64),
    "key_tail": lambda m: m.of(_B64, 23) + "=",
    "password": _chosen,
    "url_password": lambda m: m.of(_ALNUM, 5) + m.of(string.digits, 2) + m.of(_ALNUM + "-_.", 7),
    "hex32": lambda m: m.of(_HEX, 32),
    "hex40": lambda m: m.of(_HEX, 40),
    "hex64": lambda m: m.of(_HEX, 64),
    "alnum32": lambda m: m.of(_ALNUM, 32),
    "alnum40": lambda m: m.of(_ALNUM, 40),
    "uuid": _uuid,
    "base64": lambda m: m.of(_B64, 88),
    "sri": lambda m: "sha512-" + m.of(_B64, 86) + "==",
    "go_sum": lambda m: "h1:" + m.of(_B64, 43) + "=",
    "version": lambda m: ".".join(str(m.random.randrange(20)) for _ in range(4)),
    "digits16": lambda m: _not_luhn(m.of("123456789", 16)),
    "float": lambda m: f"{m.random.random():.17f}",
    "private_ip": lambda m: m.pick(f"10.{m.random.randrange(256)}.0.{m.random.randrange(1, 255)}", f"192.168.{m.random.randrange(256)}.{m.random.randrange(1, 255)}"),
}  # fmt: skip
PERSONAL = ("email", "spelled_email", "ipv4", "ipv6", "phone", "card", "iban", "ssn", "mac", "user", "person")


def _not_luhn(digits: str) -> str:
    return digits if _luhn(digits[:-1]) != digits else digits[:-1] + str((int(digits[-1]) + 1) % 10)
