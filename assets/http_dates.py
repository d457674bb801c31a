"""What the headers of HTTP say about time: dates, and how long to wait (RFC 9110, 5.6.7 and 10.2.3)."""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\s*[0-9]{1,12}(\.[0-9]{1,12})?\s*")  # whole ones by the standard; some servers send fractions
FOREVER_S = 1e9  # 31 years: no wait is longer, so that the moment it ends has a date


def moment(value: str | None) -> float | None:
    """Return the seconds since the epoch of an HTTP date, None when `value` is none. A date without a zone is in UTC."""
    try:
        date = parsedate_to_datetime(value) if value else None
        return None if date is None else (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError):
        return None


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds that Retry-After, a number or a date, asks to wait; None when it says nothing clear. Names are in lower case.

    A date counts from the server's own clock where the answer tells it (Date), else from `now`, seconds since the epoch. At most FOREVER_S.
    """
    value = headers.get("retry-after")
    if value is not None and _SECONDS.fullmatch(value):
        return min(float(value), FOREVER_S)
    until, sent = moment(value), moment(headers.get("date"))
    return None if until is None else min(max(0.0, until - (now if sent is None else sent)), FOREVER_S)
