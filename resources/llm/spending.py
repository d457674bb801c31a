"""What the calls of a run cost, and when its budget is used up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from resources.llm.answers import Answer
from resources.llm.settings import BudgetSettings, EndpointSettings

_MILLION = 1_000_000


class OutOfBudget(Exception):
    """No more calls are begun in this run."""


@dataclass(slots=True)
class Spent:
    """What one endpoint did: `calls` were begun, `faults` of them brought no answer."""

    calls: int = 0
    faults: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    money: float = 0.0


@dataclass(slots=True)
class Totals:
    """What became of the requests of a run, and what that took.

    remembered: answered (or known to fail) by the ledger, without a call. failed: with an error that the ledger keeps.
    unasked: left for the next run, because of the budget or because no endpoint could be had. by_endpoint: by the endpoints' names.
    """

    requests: int = 0
    remembered: int = 0
    failed: int = 0
    unasked: int = 0
    by_endpoint: dict[str, Spent] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Calls that were begun, retries and repeats among them."""
        return sum(spent.calls for spent in self.by_endpoint.values())

    @property
    def tokens_in(self) -> int:
        """Tokens of prompts."""
        return sum(spent.tokens_in for spent in self.by_endpoint.values())

    @property
    def tokens_out(self) -> int:
        """Tokens of answers, unusable ones among them."""
        return sum(spent.tokens_out for spent in self.by_endpoint.values())

    @property
    def money(self) -> float:
        """In the currency of the prices."""
        return sum(spent.money for spent in self.by_endpoint.values())

    def metadata(self) -> Mapping[str, int | float]:
        """Return the totals as they are shown with a materialization."""
        names = ("requests", "remembered", "failed", "unasked", "calls", "tokens_in", "tokens_out")
        return {**{name: getattr(self, name) for name in names}, "money": round(self.money, 6)}


def cost(endpoint: EndpointSettings, answer: Answer) -> float:
    """Return what an answer costs, by the prices of the profile."""
    return (answer.tokens_in * endpoint.price_in + answer.tokens_out * endpoint.price_out) / _MILLION


def exhausted(budget: BudgetSettings, totals: Totals) -> str | None:
    """Return which budget is used up, None when all of them have something left."""
    spent = {"max_tokens_in": totals.tokens_in, "max_tokens_out": totals.tokens_out, "max_money": totals.money}
    for name, value in spent.items():
        limit = getattr(budget, name)
        if limit is not None and value >= limit:
            return f"the run's budget is used up (llm.budget.{name}: {limit:,})"
    return None
