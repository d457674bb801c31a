"""Whether tools, calls and results stand in a rendered chat, whatever form its template gives them."""

import json
from collections.abc import Sequence
from typing import Any

from assets.conversations.escapes import hide_tags
from assets.conversations.json_values import leaves
from assets.corpus.template.engine import Span
from assets.corpus.template.tool_text import Row


def are_shown(messages: Sequence[Row], tools: str, text: str, answers: Sequence[Span]) -> bool:
    """Return whether the tools' names and the results stand in `text`, and each message's calls in its answer's span of it."""
    spans = iter(answers)
    names = [tool.get("function", tool).get("name") for tool in json.loads(tools)]
    results = [message["content"] for message in messages if message["role"] == "tool"]
    if not all(_stands(value, text) for value in (*names, *results)):
        return False
    for message in messages:
        start, end = next(spans, (0, 0)) if message["role"] == "assistant" else (0, 0)
        calls = json.loads(message.get("tool_calls") or "[]")
        if not all(_stands(value, text[start:end]) for call in calls for value in leaves([call["name"], call["arguments"]])):
            return False
    return True


def _stands(value: Any, text: str) -> bool:
    """Return whether a name, a result or a scalar stands in a text: as it is, or written as JSON, with its tags hidden or not."""
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    forms = [written, hide_tags(written), *(json.dumps(written, ensure_ascii=is_ascii)[1:-1] for is_ascii in (False, True))]
    escaped = [form.replace("<", "\\u003c") for form in forms[2:]]
    hidden = json.dumps(hide_tags(written), ensure_ascii=False)[1:-1]
    return any(form.strip() in text for form in (*forms, *escaped, hidden, str(value)))
