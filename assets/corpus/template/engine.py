"""Chat templates rendered as transformers renders them, without transformers: a worker process has no second and no memory for it.

The sandbox, its options, filters and globals are those of `transformers.utils.chat_template_utils`; tests compare the two. One thing is
different: `strftime_now` does not read the clock, or the same rows would have other token counts on another day.
"""

import json
from collections.abc import Callable, Iterable
from datetime import date
from functools import lru_cache
from typing import Any, NoReturn

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

TODAY = date(2024, 7, 26)  # what Llama 3.2's template writes where it is given no clock
Span = tuple[int, int]


class Generation(Extension):
    """The block `{% generation %}…{% endgeneration %}`: notes which characters of the text stand in it."""

    tags = frozenset({"generation"})  # type: ignore[assignment]  # declared as a set, only looked at
    length = 0
    spans: list[Span]

    def parse(self, parser: Parser) -> nodes.Node:
        """Return the node that calls `note` with what the block renders."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("note"), [], [], body).set_lineno(line)

    def note(self, caller: Callable[[], str]) -> str:
        """Return what the block renders. It begins where the blocks that were yielded so far end."""
        text = caller()
        self.spans.append((self.length, self.length + len(text)))
        return text

    def gather(self, blocks: Iterable[str]) -> tuple[str, list[Span]]:
        """Return the text of a rendering and its noted spans."""
        self.length, self.spans = 0, []
        parts = []
        for block in blocks:
            parts.append(block)
            self.length += len(block)
        return "".join(parts), self.spans


class Template:
    """A compiled chat template."""

    def __init__(self, source: str) -> None:
        """Compile it. Raises jinja2.TemplateSyntaxError."""
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"]
        )
        environment.filters["tojson"] = _to_json
        environment.globals |= {"raise_exception": _raise, "strftime_now": TODAY.strftime}
        self._template = environment.from_string(source)
        self._marks: Any = environment.extensions[Generation.identifier]

    def render(self, **variables: Any) -> tuple[str, list[Span]]:
        """Return the text, and the characters [start, end) in its `{% generation %}` blocks. Raises what the template raises."""
        text, spans = self._marks.gather(self._template.generate(**variables))
        return text, spans


@lru_cache(maxsize=16)
def compiled(source: str) -> Template:
    """Return the template of `source`, compiled once per process."""
    return Template(source)


def _to_json(
    value: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
) -> str:  # jinja2's own escapes what HTML would take for tags
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def _raise(message: str) -> NoReturn:
    raise TemplateError(message)
