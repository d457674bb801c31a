"""Which form a published row has, and the way from each form into the canonical one and back.

| format | a row has | notes |
|---|---|---|
| glaive | `system`, `chat` | see `glaive`, `glaive_turns` |
| sharegpt | `conversations`, `tools` | see `sharegpt` |
| openai | `messages`, `tools` | see `openai` |
| hermes | the columns of either of the two, and calls, responses or tools in tags inside of texts | see `hermes` |
| xlam | `query`, `tools`, `answers` | read only: it has one question and no responses |

Fields that are not named there (categories, weights, the author's reasoning) stay in raw_conversations.
"""

from typing import Any

from assets.conversations import glaive, hermes, openai, sharegpt, xlam
from assets.conversations.canonical import Conversation, Draft
from assets.conversations.refusal import Refused

FORMATS = ("glaive", "sharegpt", "openai", "hermes", "xlam")
RENDERED = ("glaive", "sharegpt", "openai", "hermes")
_STRUCTURED = {"conversations": "sharegpt", "messages": "openai"}
_READERS = {"glaive": glaive.read, "sharegpt": sharegpt.read, "openai": openai.read, "hermes": hermes.read, "xlam": xlam.read}
_RENDERERS = {"glaive": glaive.render, "sharegpt": sharegpt.render, "openai": openai.render, "hermes": hermes.render}


def detect(payload: Any) -> str:
    """Return the name of the form of a published row. Raises Refused (`unknown_format`)."""
    if isinstance(payload, dict):
        if glaive.is_form(payload):
            return "glaive"
        if column := hermes.column_of_turns(payload):
            return "hermes" if hermes.is_form(payload[column]) else _STRUCTURED[column]
        if xlam.is_form(payload):
            return "xlam"
    raise Refused("unknown_format", "the row has the fields of no known form")


def read(payload: Any) -> tuple[str, Conversation, list[tuple[str, str]]]:
    """Return (format, conversation, repairs with their places) of a published row. Raises Refused with the place."""
    name, draft = detect(payload), Draft()
    _READERS[name](payload, draft)
    return name, draft.finished(), draft.repairs


def render(conversation: Conversation, name: str) -> dict[str, Any]:
    """Return a conversation as a row of the form `name` (of RENDERED); `read` gives back the same."""
    return _RENDERERS[name](conversation)
