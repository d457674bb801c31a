"""Whether the code in an answer is well-formed."""

import re
import textwrap

from assets.corpus.generation.fences import Block, blocks
from assets.redaction.parsing import parses

# What people write behind a fence -> the language, named as in GitHub Linguist. Others are not checked.
_LANGUAGES = {
    **dict.fromkeys(("python", "py", "python3", "pycon"), "Python"),
    **dict.fromkeys(("java",), "Java"),
    **dict.fromkeys(("c", "h"), "C"),
    **dict.fromkeys(("cpp", "c++", "cc", "cxx", "hpp"), "C++"),
    **dict.fromkeys(("cuda", "cu"), "Cuda"),
    **dict.fromkeys(("javascript", "js", "jsx", "mjs", "node"), "JavaScript"),
    **dict.fromkeys(("json", "jsonl"), "JSON"),
    **dict.fromkeys(("yaml", "yml"), "YAML"),
    **{name: name.upper() for name in ("toml", "xml", "ini", "svg")},
}
_PROMPT = re.compile(r"(?:>>>|\.\.\.)(?: |$)(.*)")


def broken(answer: str, language: str | None) -> list[str]:
    """Return the languages of the fenced blocks of `answer` that do not parse, "unclosed" for one without an end.

    A block without a language is taken for one in `language`, that of the text. Of an interactive session, what was typed is parsed.
    Blocks in languages without a grammar here, and empty ones, pass.
    """
    found = [(block, _language(block, language)) for block in blocks(answer)]
    return [named or "unclosed" for block, named in found if not block.is_closed or not _is_well_formed(block.code, named)]


def _language(block: Block, default: str | None) -> str | None:
    return _LANGUAGES.get(block.language.lower()) if block.language else default


def _is_well_formed(code: str, language: str | None) -> bool:
    typed = [match[1] for line in code.splitlines() if (match := _PROMPT.match(line.strip()))]
    source = "\n".join(typed) if code.lstrip().startswith(">>>") else textwrap.dedent(code)
    return parses(language, source + "\n") is not False
