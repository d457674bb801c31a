"""Language models behind OpenAI-compatible endpoints: retries, limits, budgets, and a ledger that no completed call is made twice with."""

from resources.llm.client import UNASKED, Client
from resources.llm.ledger import Failure, Ledger, opened_ledger
from resources.llm.settings import LlmSettings
from resources.llm.spending import Totals

__all__ = ["UNASKED", "Client", "Failure", "Ledger", "LlmSettings", "Totals", "opened_ledger"]
