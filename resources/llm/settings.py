"""Which endpoints are asked, how hard, and how much a run may spend. Keys stand in the environment: here are only their variables."""

from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator, model_validator

JsonOutput = Literal["auto", "json_schema", "json_object", "none"]
_OURS = frozenset({"model", "messages", "response_format", "max_tokens", "max_completion_tokens", "temperature", "seed", "stream", "n"})


class EndpointSettings(BaseModel, frozen=True, extra="forbid"):
    """One OpenAI-compatible server and the model that is asked there."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64, description="as it is called in logs and in the ledger")
    base_url: str = Field(description="up to and without /chat/completions, for example http://127.0.0.1:8000/v1")
    model: str = Field(min_length=1)
    api_key_env: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="the environment variable that holds the key; null where the server wants none",
    )
    json_output: JsonOutput = Field(
        default="auto",
        description="how JSON is asked for; auto begins with json_schema and steps down when the server refuses response_format",
    )
    parameters: dict[str, Any] = Field(default={}, description="more fields of the request's body, such as top_p")
    leave_out: tuple[Literal["temperature", "seed"], ...] = Field(default=(), description="what the server refuses to be sent")
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="OpenAI's reasoning models take the second one only"
    )
    price_in: float = Field(default=0.0, ge=0, description="money for a million tokens of prompts")
    price_out: float = Field(default=0.0, ge=0, description="money for a million tokens of answers")

    @field_validator("base_url")
    @classmethod
    def _is_plain(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("give an http or https URL")
        if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
            raise ValueError("no user, password, query or fragment: keys belong into the variable that api_key_env names")
        return url.rstrip("/")

    @field_validator("parameters")
    @classmethod
    def _are_not_ours(cls, parameters: dict[str, Any]) -> dict[str, Any]:
        if taken := sorted(_OURS & parameters.keys()):
            raise ValueError(f"{', '.join(taken)}: set by the program")
        return parameters


class BreakerSettings(BaseModel, frozen=True, extra="forbid"):
    """When an endpoint that fails is left alone.

    At most `failures_in_a_row` + `LlmSettings.concurrency` - 1 + `max_probes` calls are made to an endpoint that is down.
    """

    failures_in_a_row: int = Field(default=5, gt=0, description="of any requests, before no more calls are made for a while")
    cooldown_s: float = Field(
        default=30.0, gt=0, description="until one call probes the endpoint; twice as long after each probe that fails"
    )
    max_probes: int = Field(default=3, ge=0, description="in a row that may fail before the endpoint is given up for the run")


class BudgetSettings(BaseModel, frozen=True, extra="forbid"):
    """What one run may spend; null is no limit. Calls under way when it is used up are finished, so it can be passed by those."""

    max_tokens_in: int | None = Field(default=None, ge=0)
    max_tokens_out: int | None = Field(default=None, ge=0)
    max_money: float | None = Field(default=None, ge=0, description="in the currency of the prices")


class LlmSettings(BaseModel, frozen=True, extra="forbid"):
    """The language models that questions and answers are asked of."""

    endpoints: tuple[EndpointSettings, ...] = Field(default=(), description="in order of preference")
    concurrency: int = Field(default=8, gt=0, le=256, description="calls under way at once")
    timeout_s: float = Field(default=120.0, gt=0, description="for a whole call")
    max_retries: int = Field(
        default=5, ge=0, description="of a call that failed in passing, at each endpoint; waits for a limit do not count"
    )
    first_backoff_s: float = Field(
        default=1.0, gt=0, description="doubled with each retry, times a factor from .5 to 1 that the request decides"
    )
    max_backoff_s: float = Field(default=60.0, gt=0)
    max_wait_s: float = Field(
        default=600.0, gt=0, description="for which an endpoint may answer nothing but 429 before the run does without it"
    )
    max_repeats: int = Field(
        default=3, ge=0, description="of a request whose answer is not JSON of its schema; each says what was wrong with the answer before"
    )
    breaker: BreakerSettings = BreakerSettings()
    budget: BudgetSettings = BudgetSettings()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [endpoint.name for endpoint in self.endpoints]
        if len(set(names)) != len(names):
            raise ValueError("endpoints: each needs a name of its own")
        return self
