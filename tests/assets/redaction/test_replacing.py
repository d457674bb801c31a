import pytest

from assets.redaction.replacing import replacement


@pytest.mark.parametrize(
    ("name", "value", "shape"),
    [
        ("email", "jane@acme-corp.io", r"email-\d{5}@example\.com"),
        ("ipv4", "58.74.121.78", r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}"),
        ("ipv6", "2a00:1450:4001:81b::200e", r"2001:db8::[0-9a-f:]+"),
        ("mac_address", "3c-22-fb-a1-b2-c3", r"00-00-5e-00-53-[0-9a-f]{2}"),
        ("phone", "+1 (212) 736-5001", r"\+1 \(\d{3}\) 555-01\d\d"),
        ("phone", "736-5001", r"555-01\d\d"),
        ("payment_card", "4532-2766-4457-7020", r"99\d\d-\d{4}-\d{4}-\d{4}"),
        ("us_ssn", "531-21-7351", r"9\d\d-\d\d-\d{4}"),
        ("user_name", "janeroe", r"user\d{5}"),
        ("person_name", "Jane Roe", r"PERSON_\d{5}"),
        ("aws_access_key", "AK" + "IA" + "Q" * 16, r"REDACTED_AWS_ACCESS_KEY_\d{5}"),
    ],
)
def test_shapes(name: str, value: str, shape: str) -> None:
    import re

    assert re.fullmatch(shape, replacement(name, value, "r", ""))


def test_spellings_of_one_value_share_a_name() -> None:
    assert replacement("email", "Jane@Acme.io", "r", "") == replacement("email", "jane at acme dot io", "r", "")
    assert replacement("payment_card", "4532-2766-4457-7020", "r", "")[-4:] == replacement("payment_card", "4532276644577020", "r", "")[-4:]
    assert replacement("jwt", "a", "r", "") != replacement("jwt", "b", "r", "") != replacement("jwt", "b", "r2", "")
