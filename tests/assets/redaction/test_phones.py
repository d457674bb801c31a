import pytest

from assets.redaction.redaction import redact_text


@pytest.mark.parametrize(
    "text",
    [
        "Mobil: {}".format("0171 / 3964987"),
        'TEL_ES = "{}"'.format("612 48 29 37"),
        'phoneNumber: "{}"'.format("4157362094"),
        "sms.to={}".format("+7 (916) 482-93-75"),
        '<a href="tel:{}">call</a>'.format("02079463187"),
        "5,Eva,{},eva@poczta-serwer.pl".format("604 827 395"),
        "Durchwahl {}".format("040-24414458"),
        "Tél. {}".format("05 61 22 31 40"),
        "https://wa.me/{}".format("393471657178"),
        "7,jan@firma-nowak.pl,{},x".format("+48601181865"),
        "('jan@firma-nowak.pl', '{}', NULL)".format("090-2408-2940"),
        'a = "+353 87 580 3813"\nb = "{}"'.format("087 493 0332"),
        'assertEquals("{}", x)'.format("01 47 57 79 51"),
        "a = '{}'".format("0712-348-1759"),
        "x,'{}',1".format("082 548 0935"),
        'a = "{}"'.format("(11) 3328-5368"),
        'a = "{}"'.format("8-903-387-45-62"),
        'a = "{}"'.format("+49 69 / 8825093"),
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
        "Fifth Floor, Boston, MA 02110-1301 USA",
        "Math. Comp. Vol 35, Number 152 (1980), pp. 1391-1417",
        "the number of days since the 01.01.1970",
        "range of -> 01 03 05 07 09",
        'a = "+1 (555) 010-9999, 987-654-3210"',
        "office_ips = 192.0.2.144/32",
        'phoneId: "482917364", hotelId = 48291736',
        "Ring buffer 1024 2048 4096. Office hours 09 10 11 12 13.",
        "Case number 026 481 93 75",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert redact_text(f"{text}\n", language="Java") == f"{text}\n"
