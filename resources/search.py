"""The key of the web search, out of the environment and nowhere else."""

import os
from collections.abc import Mapping

from pydantic import SecretStr

VARIABLES = ("CORPUSMITH_SERPAPI_KEY", "SERPAPI_API_KEY")  # the first that is set; the second is the name that SerpAPI's clients use


def key(environment: Mapping[str, str] = os.environ) -> SecretStr | None:
    """Return the key, None when there is none. Its text shows in no message and no repr."""
    found = next((value for name in VARIABLES if (value := environment.get(name, "").strip())), None)
    return SecretStr(found) if found else None
