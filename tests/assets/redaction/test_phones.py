import pytest

from assets.redaction.redaction import redact_text


@pytest.mark.parametrize(
    "text",
    [
        "Mobil: {}".format("0171 / 3964987"),
        "Durchwahl {}".format("040-24414458"),
        "Tél. {}".format("05 61 22 31 40"),
        "https://wa.me/{}".format("393471657178"),
        "7,jan@firma-nowak.pl,{},x".format("+48601181865"),
        "('jan@firma-nowak.pl', '{}', NULL)".format("090-2408-2940"),
        'a = "+353 87 580 3813"\nb = "{}"'.format("087 493 0332"),
        'assertEquals("{}", x)'.format("01 47 57 79 51"),
    ],
)
def test_what_stands_around_a_number_says_that_it_is_a_telephones(text: str) -> None:
    new = redact_text(f"{text}\n", language="Java")
    assert new != f"{text}\n" and redact_text(new, language="Java") == new


@pytest.mark.parametrize(
    "text",
    [
        'fax="" zip="101-0051"',
        "7,jane@example.com,2020-01-15 08:22:31",
        "jane@example.com, 192.168.10.12, 4.5.6",
        'dump "00 01 47 57 79 51 4f"',
        "order no. 4711-0815-22",
        "mobile 1920x1080, 10.20.30",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert redact_text(f"{text}\n", language="Java") == f"{text}\n"
