"""What looks like a secret or like personal data and is none: documentation, placeholders, organisations, versions."""

import ipaddress
import itertools
import re
from functools import cache, lru_cache

from assets.redaction.rulebook import read

# RFC 2606 and RFC 6761, and the companies that Microsoft's documentation makes up.
_RESERVED_DOMAIN = re.compile(
    r"(?:^|\.)(?:example(?:\.(?:[a-z]{2,4}|com?\.[a-z]{2}))?|(?:contoso|fabrikam|northwindtraders|adventure-works)\.com|test|invalid|localhost|local|localdomain|internal|lan|arpa|users\.noreply\.github\.com)$"
)
# Domains that belong to somebody, but not together with such a name.
_MADE_UP_LOCAL = re.compile(
    r"^(?:(?:your|my|some|any)?[-_.]?(?:user|username|name|email|mail|address|login|account|id)\d*|you|me|foo|bar|baz|qux|someone|somebody|anyone|test\w*"
    r"|[a-z]|aa|abc|xxx+|joe|recipient|sender|from|to|first\.?last|first_?name|local|to_?address)$"
)
_MADE_UP_DOMAIN = re.compile(
    r"^(?:[\w-]+\.)?(?:(?:e?mail|my|your|some|any|foo|bar|baz|test|sample|demo|acme)?-?(?:domain|e?mail|host|company|site|website|server|provider|org)"
    r"|foo|bar|baz|qux|foobar|test|xxx+|abc|xyz|[a-z]|aa|bb|nowhere|somewhere|somehost|blah|fake|invalid|dummy)\.[a-z]{2,3}$"
)
_SERVICE = re.compile(
    r"^(?:git|hg|svn|bzr|no[-_.]?reply|do[-_.]?not[-_.]?reply|mailer-daemon|postmaster|hostmaster|nobody|[a-z0-9-]+\[bot\])$"
)
# SSH names its algorithms like addresses.
_ALGORITHM_DOMAIN = ("openssh.com", "libssh.org", "lysator.liu.se", "ssh.com", "tinyssh.org")
_ALGORITHM = re.compile(
    r"sha\d|curve25519|aes\d|chacha|ed25519|ntru|zlib|hmac|umac|gcm|cert-v\d|hostbased|rijndael|keepalive|statvfs|rename|fsync|limits|auth-agent"
)

_PLACEHOLDER = re.compile(
    r"(?i)x{4,}|\*{3,}|\.{3}|_{4,}|-{4,}|<[^>]*>|\$\{|\$\(|\{\{|%\(|%[sdr]\b|#\{|^\$\w+$|^%\w+%$|^\{.*\}$|^\[.*\]$|example|sample|dummy|fake|mock"
    r"|placeholder|change.?(?:me|it|this)|change_|replace|insert|your[-_. ]|^your"
    r"|(?:my|some)[-_.]?(?:secret|password|passwd|token|key|api|pass)"
    r"|redacted|todo|fixme|\btbd\b|(?-i:foo|Foo|FOO)|\bbar|baz|lorem|qwerty|asdf|^test|test$|test[-_]|[-_]test|deadbeef|cafebabe|123456|abcdef|abc123|0{6,}|1{6,}"
    r"|^n/?a$|^none$|^null$|undefined|not[-_.]?(?:set|used|a[-_])|secret[-_]?key|api[-_]?key|access[-_]?key|super[-_]?secret|correct.?horse"
)
_SAMPLE_TOKEN = re.compile(r"(?i)example|x{5,}|your|redacted|placeholder|changeme|dummy|0{8,}|1234567890|abcdefghij|\*{4}|(.)\1{7}")
_NOT_IN_A_NAME = r"[\d@/\\<>{}\[\]=$%*#|~^]"
_LEET = str.maketrans("01345@$", "oieasas")


def is_placeholder(value: str) -> bool:
    """Say whether `value` stands for a secret and is none: xxxx, <your-key>, ${VAR}, changeme, password123, P@ssw0rd."""
    if _PLACEHOLDER.search(value) is not None or is_sequence(value):
        return True
    common = _words("common_passwords")
    for text in (value.lower(), value.lower().rstrip("0123456789!.").translate(_LEET)):
        words = re.findall(r"[a-z]+", text)
        if 2 * sum(len(word) for word in words if word in common) >= len(value):
            return True
    return False


def is_sample_token(value: str) -> bool:
    """Say whether a value with a vendor's prefix is one that documentation prints."""
    return _SAMPLE_TOKEN.search(value) is not None or is_sequence(value)


def is_sequence(value: str) -> bool:
    """Say whether more than half of `value` counts up or repeats: abcdefgh, 12345678, aaaaaaaa."""
    steps = [ord(right) - ord(left) for left, right in itertools.pairwise(value)]
    return len(steps) >= 5 and max(steps.count(1), steps.count(0), steps.count(-1)) * 2 > len(steps)


def is_documentation_address(address: str) -> bool:
    """Say whether an e-mail address is reserved for documentation, a placeholder, a service account or no address at all."""
    local, _, domain = address.lower().rpartition("@")
    if domain.rpartition(".")[2] not in _words("top_level_domains"):
        return True
    if _RESERVED_DOMAIN.search(domain) or _SERVICE.match(local) or (_MADE_UP_LOCAL.match(local) and _MADE_UP_DOMAIN.match(domain)):
        return True
    return domain in _ALGORITHM_DOMAIN and _ALGORITHM.search(local) is not None


@lru_cache(4096)  # the same few stand in most files, and ipaddress takes 50 microseconds
def is_private_address(address: str) -> bool:
    """Say whether an IP address belongs to no host of the public internet: private, loopback, documentation, a net's own, no address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return True
    if not parsed.is_global or address in _words("famous_addresses") or (parsed.version == 4 and address.endswith((".0.0", ".255"))):
        return True
    return any(parsed in net for net in _special_networks() if net.version == parsed.version)


def is_test_card(digits: str) -> bool:
    """Say whether `digits` are a card number that payment services publish for tests; nobody has one with so many zeros."""
    return digits in _words("test_cards") or digits.startswith("400000") or "0000000" in digits


def is_sample_iban(value: str) -> bool:
    """Say whether `value` is an account that the registry of IBANs, or an encyclopedia, prints as an example."""
    return "".join(value.split()) in _words("sample_ibans")


def is_organisation(name: str) -> bool:
    """Say whether what stands where an author's name belongs is an organisation, a group or no name."""
    words = [word.lower() for word in re.findall(r"\w+", name)]
    return not _words("organisation_words").isdisjoint(words) or _organisation().search(name) is not None


def is_message_id(address: str) -> bool:
    """Say whether `address` names a message and no mailbox: what is before the @ begins with a date or a counter."""
    return re.match(r"\d{8,}[.-][\w.-]*@", address) is not None


def is_given_name(name: str) -> bool:
    """Say whether `name` begins with what people are called by in one of many countries, and no word of it is an abbreviation."""
    first = re.match(r"[^\s.]+", name)
    return first is not None and first[0] in _given_names() and not re.search(r"\b[A-Z]{2,}\d*\b", name)


def is_role_account(name: str) -> bool:
    """Say whether a folder of /home or C:\\Users is that of no person, or one of the replacements."""
    plain = name.lower().replace(" ", "-").rstrip("0123456789")
    roles = _words("role_accounts")
    return plain in roles or name.lower() in roles or plain == ""


@cache
def _given_names() -> frozenset[str]:
    return frozenset(read("given_names")["given_names"].split())


@cache
def _words(name: str) -> frozenset[str]:
    return frozenset(read("allowed")[name].split())


@cache
def _special_networks() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(map(ipaddress.ip_network, read("allowed")["special_networks"].split()))


@cache
def _organisation() -> re.Pattern[str]:
    patterns = "|".join(read("allowed")["organisation_patterns"])
    return re.compile(rf"(?i)\b(?:{patterns})\b|{_NOT_IN_A_NAME}")
