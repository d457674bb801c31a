"""The import statements that a piece of code needs."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain, groupby
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from assets import machine_code

_WORD = re.compile(r"[^\W\d]\w*")
_TEXTS_AT_A_TIME = 1_000  # bounds what is known of them at a time
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


class Imports:
    """The import statements of a file, in order, by the names that they bind."""

    def __init__(self, statements: Sequence[str], language: str) -> None:
        self.statements = statements
        self.binding: dict[str, list[int]] = {}  # name -> statements
        self.others: list[int] = []  # statements whose names cannot be seen
        for place, statement in enumerate(statements):
            names = bound_names(statement, language)
            for name in names:
                self.binding.setdefault(name, []).append(place)
            if not names:
                self.others.append(place)


def needed(files: Sequence[Imports], owners: Sequence[int], texts: Sequence[str], max_imports: int) -> list[list[str]]:
    """Return for each text the statements of its file whose names occur in it, in order, and those whose names cannot be seen.

    At most `max_imports` of them. `owners` has the place of its file for each text, in ascending order.
    """
    found: list[list[str]] = []
    for start in range(0, len(texts), _TEXTS_AT_A_TIME):
        some = owners[start : start + _TEXTS_AT_A_TIME]
        its_files, places = files[some[0] : some[-1] + 1], [owner - some[0] for owner in some]
        found += _needed(its_files, places, texts[start : start + _TEXTS_AT_A_TIME], max_imports)
    return found


def _needed(files: Sequence[Imports], owners: Sequence[int], texts: Sequence[str], most: int) -> list[list[str]]:
    found = [files[owner].others[:most] for owner in owners]
    for text, used in groupby(_used(files, owners, texts), itemgetter(0)):
        bound = (files[owners[text]].binding[name][:most] for _, name in used)
        found[text] = sorted({*found[text], *chain.from_iterable(bound)})[:most]
    return [[files[owner].statements[place] for place in places] for owner, places in zip(owners, found, strict=True)]


def _used(files: Sequence[Imports], owners: Sequence[int], texts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (text, name) for each name of its file that is a word of a text; all of a text together."""
    plain = [place for place, text in enumerate(texts) if text.isascii()]
    names = [sorted(filter(str.isascii, file.binding)) for file in files]
    flat = list(chain.from_iterable(names))
    for place, name in _words_among(names, flat, [owners[place] for place in plain], [texts[place] for place in plain]):
        yield plain[place], flat[name]
    for place, (owner, text) in enumerate(zip(owners, texts, strict=True)):
        if not text.isascii():
            yield from ((place, name) for name in files[owner].binding.keys() & _WORD.findall(text))


def _words_among(names: list[list[str]], flat: list[str], owners: list[int], texts: list[str]) -> list[list[int]]:
    """Return (text, name) for each name of its file that is a word of a text, once, by text."""
    text, ends = _joined(texts)
    counts = list(map(len, names))
    most = min(len(text) // 2 + len(texts), sum(counts[owner] for owner in owners))
    found, seen, lengths = np.empty((most, 2), np.int64), np.full(len(flat), -1), np.empty(256, np.uint32)
    kernel = machine_code.load("assets.corpus.chunks.bound_words")
    stops = np.cumsum(counts, dtype=np.int64)
    count = kernel.find(text, ends, np.array(owners, np.int64), *_joined(flat), stops, seen, lengths, found)
    pairs: list[list[int]] = found[:count].tolist()
    return pairs


def _joined(texts: list[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    return np.frombuffer("".join(texts).encode(), np.uint8), np.cumsum(list(map(len, texts)), dtype=np.int64)
