"""What a profile may say about endpoints."""

from typing import Any

import pytest
from pydantic import ValidationError

from resources.llm.settings import EndpointSettings, LlmSettings

PLAIN = {"name": "local", "base_url": "http://127.0.0.1:8000/v1/", "model": "m"}


def test_nothing_is_asked_unless_a_profile_says_so() -> None:
    assert LlmSettings().endpoints == ()
    assert EndpointSettings(**PLAIN).base_url == "http://127.0.0.1:8000/v1"


@pytest.mark.parametrize(
    "changed",
    [
        {"base_url": "https://user:" + "word@example.com/v1"},
        {"base_url": "https://example.com/v1?key=1"},
        {"base_url": "file:///etc"},
        {"base_url": "example.com"},
        {"api_key_env": "a key"},
        {"name": "a b"},
        {"parameters": {"messages": []}},
        {"price_in": -1},
        {"json_output": "xml"},
        {"api_key": "x"},
    ],
)
def test_what_makes_no_sense_or_may_hold_a_key_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EndpointSettings.model_validate(PLAIN | changed)


def test_names_differ() -> None:
    with pytest.raises(ValidationError, match="name of its own"):
        LlmSettings.model_validate({"endpoints": [PLAIN, PLAIN]})
