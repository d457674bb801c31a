import time
from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import http_dates

NOW = 1_700_000_000.0
LATER = formatdate(NOW + 90, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 0.5 "}, 0.5),
        ({"retry-after": LATER}, 90.0),
        ({"retry-after": LATER, "date": formatdate(NOW + 60, usegmt=True)}, 30.0),
        ({"retry-after": LATER, "date": "yesterday"}, 90.0),
        ({"retry-after": formatdate(0, usegmt=True)}, 0.0),
        ({"retry-after": LATER.replace("GMT", "-0000")}, 90.0),
        ({}, None),
        ({"retry-after": "9" * 12}, 1e9),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 1e9),
    ],
)
def test_what_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert http_dates.retry_after_s(headers, NOW) == seconds


def test_a_date_without_a_zone_is_in_utc_wherever_this_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert http_dates.moment(LATER.replace("GMT", "-0000")) == NOW + 90
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "nonsense", ["", "soon", "-3", "1e9", "inf", "\u0663", "9" * 40, "Thu, 99 Foo 2026", "Mon, 01 Jan 0001 00:00:00 +2359"]
)
def test_nonsense_asks_for_nothing(nonsense: str) -> None:
    assert not http_dates.retry_after_s({"retry-after": nonsense}, NOW)


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40) | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,5} [0-9:]{0,9} .{0,6}", fullmatch=True))
def test_no_header_is_an_error(text: str) -> None:
    found = http_dates.retry_after_s({"retry-after": text, "date": text}, NOW)
    assert found is None or 0 <= found <= 1e9
