"""The import statements that a piece of code needs."""

import re

_WORD = re.compile(r"[^\W\d]\w*")
_COMMENT = re.compile(r"#.*|//.*")


def bound_names(statement: str, language: str) -> frozenset[str]:
    """Return the names that an import statement binds; empty when it binds what cannot be seen (`*`, C++ includes)."""
    text = _COMMENT.sub("", statement).replace("\\\n", " ")
    if language == "Python":
        return _python_names(text)
    if language == "Java":
        return frozenset(_WORD.findall(text)[-1:]) if "*" not in text else frozenset()
    if language == "JavaScript":
        clause = re.split(r"\bfrom\b", text.partition("import")[2])[0]
        return frozenset(_last_words(re.sub(r"[{}]", ",", clause)))
    return frozenset()


def _python_names(text: str) -> frozenset[str]:
    if text.lstrip().startswith("from"):
        names = text.partition(" import")[2].strip(" ()\n")
        return frozenset(_last_words(names)) if names != "*" else frozenset()
    items = text.partition("import")[2].split(",")
    return frozenset(_WORD.findall(item)[-1 if " as " in item else 0] for item in items if _WORD.search(item))


def _last_words(names: str) -> list[str]:
    """Return the last word of each item: `a as b` binds b."""
    words = [_WORD.findall(item) for item in names.split(",")]
    return [found[-1] for found in words if found]


def needed(text: str, statements: list[tuple[str, frozenset[str]]], *, max_imports: int) -> list[str]:
    """Return the statements whose names occur in `text`, in order, and those whose names cannot be seen; at most `max_imports`."""
    if not statements:
        return []
    words = set(_WORD.findall(text))
    return [statement for statement, names in statements if not names or not names.isdisjoint(words)][:max_imports]
