"""The residual scan: what redaction should have removed, looked for by another engine with patterns of its own.

The engine is Rust's regex crate through Polars. Shared with the redactor is what is policy and arithmetic, not search: which addresses
are documentation, which values are placeholders, checksums, and which places of a source file are text. It looks for values that nobody can
mistake; it is a guard against a redactor that fails, not a second opinion on doubtful cases.
"""

import re
from collections.abc import Callable

import polars as pl

from assets import ledger
from assets.code import grammars
from assets.redaction.allowlists import (
    is_documentation_address,
    is_message_id,
    is_placeholder,
    is_private_address,
    is_role_account,
    is_sample_iban,
    is_sample_token,
    is_test_card,
)
from assets.redaction.checksums import entropy_bits, is_card_number
from assets.redaction.redaction import RedactionSettings
from assets.redaction.tokens import in_text

SCHEMA = {"id": pl.String, "class": pl.String}
_MIN_ENTROPY_BITS = 3.3  # of what follows a vendor's prefix

# Class: pattern; the value is the first group. Names are those of the rules.
_SECRETS = {
    "aws_access_key": r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b",
    "gcp_api_key": r"\b(AIzaSy[0-9A-Za-z_-]{33})\b",
    "gcp_oauth_secret": r"\b(GOCSPX-[A-Za-z0-9_-]{28})\b",
    "azure_storage_key": r"AccountKey=([A-Za-z0-9+/]{86}==)",
    "github_token": r"\b(gh[pousr]_[A-Za-z0-9]{36})\b",
    "github_fine_grained_token": r"\b(github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b",
    "gitlab_token": r"\b(glpat-[A-Za-z0-9_-]{20})\b",
    "npm_token": r"\b(npm_[A-Za-z0-9]{36})\b",
    "pypi_token": r"\b(pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50})",
    "docker_hub_token": r"\b(dckr_pat_[A-Za-z0-9_-]{27})\b",
    "slack_token": r"\b(xox[bpars]-[0-9]{8,}-[0-9A-Za-z-]{20,})\b",
    "slack_webhook": r"hooks\.slack\.com/services/(T[A-Za-z0-9]{8,}/B[A-Za-z0-9]{8,}/[A-Za-z0-9]{20,})",
    "sendgrid_api_key": r"\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})\b",
    "stripe_key": r"\b([sr]k_live_[A-Za-z0-9]{24,})\b",
    "shopify_token": r"\b(shp(?:at|ca|pa|ss)_[a-f0-9]{32})\b",
    "openai_key": r"\b(sk-proj-[A-Za-z0-9_-]{40,}|sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})\b",
    "anthropic_key": r"\b(sk-ant-api[0-9]{2}-[A-Za-z0-9_-]{80,})\b",
    "groq_key": r"\b(gsk_[A-Za-z0-9]{52})\b",
    "hugging_face_token": r"\b(hf_[A-Za-z]{34})\b",
    "databricks_token": r"\b(dapi[0-9a-f]{32})\b",
    "digitalocean_token": r"\b(do[opr]_v1_[0-9a-f]{64})\b",
    "sentry_token": r"\b(sntrys_eyJ[A-Za-z0-9+/=_-]{40,})",
    "grafana_token": r"\b(glsa_[A-Za-z0-9]{32}_[0-9a-f]{8})\b",
    "vault_token": r"\b(hvs\.[A-Za-z0-9_-]{24,})",
    "jwt": r"\b(eyJhbGciOi[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{32,})\b",
    "private_key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\s|\\n)+([A-Za-z0-9+/]{48,})",
    "database_url": r"(?:postgres|postgresql|mysql|mongodb|amqp|redis)(?:\+[a-z0-9]+)?://[A-Za-z0-9_.-]{0,64}:([A-Za-z0-9_.!~*+-]{3,128})@[A-Za-z0-9]",
}
_PERSONAL = {
    "email": r"(?:^|[\s\"'<(\[,;])([A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,12})(?:[\s\"'>)\],;]|$)",
    "ipv4": r"(?i)(?:://|\b(?:ip|host|addr|address|server)[\"']?\s?[:=]\s?[\"']?)((?:[0-9]{1,3}\.){3}[0-9]{1,3})(?:[\s\"':,;]|$)",
    "payment_card": r"(?i)card[^\n0-9]{0,24}\b((?:4[0-9]|5[1-5])(?:[0-9]{14}|[0-9]{2}(?:-[0-9]{4}){3}))(?:[\s\"',;]|$)",
    "iban": r"\b((?:DE|FR|GB|ES|IT|NL|CH|AT|BE|PL)[0-9]{2}(?: ?[A-Z0-9]{4}){3,6}(?: ?[A-Z0-9]{1,3})?)(?:[\s\"',;.]|$)",
    "us_ssn": r"(?i)(?:\bssn|social security)[^\n0-9]{0,24}\b([0-8][0-9]{2}-[0-9]{2}-[0-9]{4})(?:[\s\"',;.]|$)",
    "user_name": r"(?:^|[\s\"'(=])(?:/home/|/Users/|C:\\\\?Users\\\\?)([A-Za-z][A-Za-z0-9_-]{1,30})[/\\]",
}

_ANY_SECRET = "|".join(f"(?:{pattern})" for pattern in _SECRETS.values())
_NONE = pl.DataFrame(schema={"row": pl.Int64, "class": pl.String})


def secrets_left(texts: pl.Series, language: pl.Series | None = None) -> pl.DataFrame:
    """Return row (Int64) and class of each kind of secret that is in one of `texts`, sorted; empty when there is none."""
    some = texts.str.contains(_ANY_SECRET)  # one pass for all of them: each begins with letters of its own
    return _left(texts.set(~some, ""), language, _SECRETS) if some.any() else _NONE.clone()


def personal_data_left(texts: pl.Series, language: pl.Series | None = None) -> pl.DataFrame:
    """Return row (Int64) and class of each kind of personal data that is in one of `texts`, sorted; empty when there is none."""
    return _left(texts, language, _PERSONAL)


def residual(files: pl.DataFrame, settings: RedactionSettings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (id and class of what is left in rows of clean_code, an empty ledger); classes that are kept on purpose are left out."""
    found = pl.concat([left(files["content"], files["language"]) for left in (secrets_left, personal_data_left)]).sort("row", "class")
    ids = found.select(files["id"].gather(found["row"]).cast(pl.String), "class")
    return ids.filter(~pl.col("class").is_in(list(settings.keep_classes))), ledger.empty()


def _left(texts: pl.Series, language: pl.Series | None, patterns: dict[str, str]) -> pl.DataFrame:
    found = []
    for name, pattern in patterns.items():
        rows = texts.str.contains(pattern).arg_true()
        for row in rows:
            values = {value for value in _values(texts[row], pattern) if _CHECKS.get(name, _is_token)(value)}
            if any(_is_text(texts[row], None if language is None else language[row], value) for value in values):
                found.append((row, name))
    return pl.DataFrame(found, schema=_NONE.schema, orient="row").sort("row", "class")


def _values(text: str, pattern: str) -> list[str]:
    """Return the first group of each match, by the engine that found the row."""
    matches = pl.Series([text]).str.extract_all(pattern).explode()
    return matches.str.extract(pattern, 1).drop_nulls().to_list()


def _is_text(text: str, language: str | None, value: str) -> bool:
    """Say whether `value` is somewhere in a string or a comment; everywhere counts where the language has no grammar or has errors."""
    source, wanted = text.encode(), value.encode()
    tree = grammars.parse(grammars.READ_AS.get(language or "", language), source)
    if tree is None or tree.root_node.has_error:
        return True
    return any(in_text(tree, source, match.span()) for match in re.finditer(re.escape(wanted), source))


def _is_token(value: str) -> bool:
    return entropy_bits(value) >= _MIN_ENTROPY_BITS and not is_sample_token(value)


def _is_iban(value: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(value)) and not is_sample_iban(value)


_CHECKS: dict[str, Callable[[str], bool]] = {
    "database_url": lambda value: not is_placeholder(value) and not value.isdigit() and re.search(r"\.\.|^\w+\.\w+$", value) is None,
    "email": lambda value: not is_documentation_address(value) and not is_message_id(value),
    "ipv4": lambda value: not is_private_address(value) and any(int(octet) >= 32 for octet in value.split(".")),
    "payment_card": lambda value: is_card_number(value.replace("-", "")) and not is_test_card(value.replace("-", "")),
    "iban": _is_iban,
    "us_ssn": lambda value: value[:3] not in ("000", "666") and value[4:6] != "00" and value[7:] != "0000",
    "user_name": lambda value: not is_role_account(value) and re.fullmatch("[A-Z_]+", value) is None,
}
