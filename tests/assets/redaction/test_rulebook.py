import re

import pytest

from assets.redaction import personal_checks, secret_checks
from assets.redaction.parts import PARTS
from assets.redaction.prefilter import spots
from assets.redaction.redaction import redact_text
from assets.redaction.rulebook import groups, rules
from tests.assets.redaction import values

# How a value that its shape alone does not give away is written.
CONTEXT = {
    "aws_secret": 'aws_secret_access_key = "{}"',
    "azure_storage": "AccountKey={};",
    "azure_sas": "https://a.blob.core.windows.net/c?se=2030&sig={}",
    "slack_hook": "https://hooks.slack.com/services/{}",
    "heroku": 'HEROKU_API_KEY="{}"',
    "cloudflare": 'cloudflare_api_token = "{}"',
    "datadog": 'DD_API_KEY: "{}"',
    "sentry": "https://{}@o1.ingest.sentry.io/2",
    "password": 'password = "{}"',
    "url_password": "postgres://app:{}@db.acme-corp.io/app",
    "hex40": "client_secret: '{}'",
    "alnum32": 'apiKey: "{}"',
    "card": "card: {}",
    "ssn": "SSN {}",
    "phone": "phone: {}",
    "user": "/home/{}/src/main.c",
    "person": "# Author: {}",
}
NOT_ALONE = (
    "key_line",
    "key_tail",
    "hex32",
    "hex64",
    "alnum40",
    "uuid",
    "base64",
    "sri",
    "go_sum",
    "version",
    "digits16",
    "float",
    "private_ip",
)


def test_there_are_more_than_forty_classes() -> None:
    assert len(groups()) >= 40 and set(groups().values()) == {"secrets", "personal_data"}
    assert {"aws_access_key", "private_key", "jwt", "database_url", "assigned_secret", "email", "iban", "us_ssn"} <= set(groups())


def test_each_rule_is_whole() -> None:
    checks = secret_checks.CHECKS | personal_checks.CHECKS
    for rule in rules():
        assert re.fullmatch("[a-z0-9_]+", rule.name)
        assert all(check in checks for check, _ in rule.checks) and (rule.parts is None or rule.parts in PARTS)
        assert rule.pattern.groups >= 1 and rule.before > 0 and rule.after > 0


@pytest.mark.parametrize("kind", sorted(set(values.KINDS) - set(NOT_ALONE)))
def test_each_kind_is_found_and_its_replacement_is_not(kind: str) -> None:
    maker = values.Maker("development")
    for _ in range(5):
        value = maker.make(kind)
        text = CONTEXT.get(kind, "({})").format(value)
        new = redact_text(f"\n{text}\n")
        assert value not in new, text
        assert redact_text(new) == new


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7EXAMPLE",
        'password = "<your-password>"',
        'password = "changeme"',
        'password = "${DB_PASSWORD}"',
        'api_key = "xxxxxxxxxxxxxxxxxxxxxxxx"',
        'token = "YOUR_TOKEN_HERE"',
        'secret = "P@ssw0rd123"',
        "https://user:password@example.com/",
        "postgres://postgres:postgres@localhost/test",
        "jane@example.com, joe@test.example, user@domain.com, git@github.com, noreply@acme-corp.io",
        "192.0.2.1 198.51.100.2 203.0.113.3 10.0.0.1 172.16.3.4 192.168.1.1 127.0.0.1 169.254.0.1 255.255.255.0 8.8.8.8",
        "2001:db8::1 ::1 fe80::1 fc00::1 std::ad::be",
        "v1.2.3.4, version 10.20.30.40, ==11.2.3.4, pkg-1.22.33.44.tgz, Chrome/99.0.48.44",
        "curve25519-sha256@libssh.org,aes256-gcm@openssh.com",
        "00:11:22:33:44:55 ff:ff:ff:ff:ff:ff 00:00:5e:00:53:01 10:20:30:40:50:59",
        "/home/runner/work /home/user/x C:\\Users\\Public\\a /Users/Shared/b ~/home/x/ /home/$USER/",
        "call 555-0123, +1 212 555 0199",
        "Copyright (c) 2020 Google LLC. Copyright 2019 The Acme Authors. @author the team",
        "4556-1568-2160-9394 4111 1111 1111 1112 card 378282246310005, 6011 1111 1111 1117, 4000 0025 0000 3155",
        "DE00 3704 0044 0532 0130 00, GB29 NWBK 6016 1331 9268 19, DE89370400440532013000",
        "part 771-22-0934, someone@contoso.com, abc@example.vn",
        "000-12-3456 666-12-3456 900-12-3456",
        "SSN 078-05-1120",
        "Algorithm by Van Dyke, used by React Native, published by Morgan Kaufmann Publishers",
        "from: Tidewater Kayaks <email-00001@example.com>",
        'addMech(CKM_MASTER_KEY,    "CKM_SSL3_MASTER_KEY_DERIVE_DH")',
        'ps("SecretKeyFactory", "PBKDF2WithHmacSHA256")',
        "cache_key: 4f0c2a9b7d1e8f36",
        "Message-Id: <20190312091422.18293-1-rd@doe-works.io>",
        "scp x root@doe-works.io:/srv/x",
        "Copyright 2019 Boutik SARL, (c) 2015 Zephyr Sdn Bhd",
        "Author: DevOps. Reporter: Crash Handler",
        "see https://www.value-at-risk.net/x, issue at github dot com",
    ],
)
def test_what_documentation_prints_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "contributed by {})",
        "Original code by {}.",
        ".. codeauthor:: {}",
        "authors:\n  - name: {}\n    email: r@doe-works.io\n",
        "\\author{{{}}}",
        "* Tue Mar 12 2019 {} <r@doe-works.io> - 1.4-1",
        "  <developer>\n    <name>{}</name>",
        "copyright = '2019, {}'",
        "Makefile of {} <r@doe-works.io>",
        "- {} (@rdoe)",
        "Copyright 2018 {} and Reverge Studios, Inc.",
        "(C) Copyright 2007-8 {}",
        "Authors\n=======\n\n- {} (2009)",
        "{}          rdoe@uni-works.edu",
        "copyright (c) 2005\n{} <r@doe-works.io>",
        "Author {} @rdoe",
        "@author A <http://a.io/>, {}",
    ],
)
@pytest.mark.parametrize("name", ["Roberta Doehring", "Thomas K. van der Aalst"])
def test_who_wrote_it_is_found_where_credit_is_given(text: str, name: str) -> None:
    new = redact_text(text.format(name) + "\n")
    assert "PERSON_" in new and not set(name.split()) & set(new.replace(",", " ").split())


@pytest.mark.parametrize(
    "text",
    [
        "sshpass -p '{}' ssh host",
        "zip -P {} logs.zip logs",
        'URL = "jdbc:oracle:thin:app/{}@//db:1521/X"',
        'auth = HTTPBasicAuth("app", "{}")',
        "{{ user: 'a', pass: '{}' }}",
        "RABBITMQ_DEFAULT_PASS: {}",
        'const s = process.env.JWT_SECRET || "{}";',
        'curl -H "X-Api-Key: {}" https://a.acme-corp.io',
        "GET /sync?api_key={} HTTP/1.1",
        "MEILI_MASTER_KEY: '{}'",
        "B2_APPLICATION_KEY={}",
        "    APP_SECRET={} \\\n    NEXT=1",
    ],
)
def test_a_password_is_found_wherever_it_is_given(text: str) -> None:
    value = "".join(("vMd8", "17oDyq", "R2pv7Zk"))
    assert value not in redact_text(text.format(value) + "\n")


@pytest.mark.parametrize(
    "text",
    [
        "pomoc(ma\u0142pa)sokol-it.pl",
        "ilse [punt] vermeulen [at] ugent-stat [punt] be",
        "valentina&nbsp;[at]&nbsp;riccipartners.com",
        "<cristian at cvee-works.org>",
        "henry UNDERSCORE c AT hotmail DOT com",
        "jane.doering at gmail.com",
    ],
)
def test_a_spelled_address_is_found_in_other_words(text: str) -> None:
    new = redact_text(text)
    assert "@example.com" in new and redact_text(new) == new


def test_the_prefilter_names_each_place_once() -> None:
    found = spots(memoryview(b"jane@acme-corp.io")).tolist()
    assert found and found == sorted({tuple(spot): spot for spot in found}.values())
    assert spots(memoryview(b"nothing here")).tolist() == []
