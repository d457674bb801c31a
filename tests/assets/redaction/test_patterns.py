import random

import pytest

from assets.redaction.checksums import has_token_checksum, luhn
from tests.assets.redaction.patterns import fill


@pytest.mark.parametrize("pattern", ["4539 ###4 ##12 ###$", "3782 ##%### ####$", "6011########$###"])
def test_cards_have_their_check_digit(pattern: str) -> None:
    assert luhn(fill("payment_card", pattern, random.Random(1)).replace(" ", ""))


def test_accounts_have_their_check_digits() -> None:
    from stdnum import iban

    assert iban.is_valid(fill("iban", "PL$$ 1020 4287 0000 %### #### ####", random.Random(1)))


def test_tokens_have_their_checksum() -> None:
    assert has_token_checksum(fill("npm_token", "npm_{c36}", random.Random(1)))


def test_marks_are_only_numbers_marks() -> None:
    assert fill("version", "1.#.%", random.Random(1)) == "1.#.%"
