"""The import statements that a piece of code needs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt

from assets import machine_code

_WORD = re.compile(r"[^\W\d]\w*")
Places = npt.NDArray[np.int64]
_UNSEEN = frozenset({"C++"})  # languages whose statements never name what they bind
_PLANES_OF_LETTERS = 4  # of the 17 that Unicode has: the others have no letter or digit
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


@lru_cache(maxsize=65_536)  # files of a project import much the same
def _bound(statement: bytes, language: str) -> tuple[bytes, ...]:
    return tuple(name.encode() for name in bound_names(statement.decode(errors="replace").strip(), language))


@dataclass(slots=True)
class Imports:
    """The import statements of files that stand in one text, by the names that they bind; statements are numbered as they are added."""

    most: int  # statements that a chunk may need
    spans: list[tuple[int, int]] = field(default_factory=list)  # of the statements, in bytes of the text
    names: list[bytes] = field(default_factory=list)  # sorted within each file
    bound: list[int] = field(default_factory=list)  # the first statements that bind each name, one name after the other
    bound_ends: list[int] = field(default_factory=list)  # where those of each name end in `bound`
    others: list[int] = field(default_factory=list)  # the first statements of each file whose names cannot be seen
    files: list[tuple[int, int, int, int]] = field(default_factory=list)  # [first, last) of the names and of the others of each file

    def add(self, source: bytes, spans: Sequence[tuple[int, int]], language: str, base: int) -> None:
        """Add a file that begins at byte `base` of the text, with statements at `spans` of itself."""
        n_names, n_others, n_statements = len(self.names), len(self.others), len(self.spans)
        self.spans += [(base + start, base + end) for start, end in spans]
        if language in _UNSEEN:
            self.others += range(n_statements, n_statements + min(len(spans), self.most))
        else:
            self._bind([_bound(source[start:end], language) for start, end in spans], n_statements)
        self.files.append((n_names, len(self.names), n_others, len(self.others)))

    def _bind(self, names: Sequence[tuple[bytes, ...]], first: int) -> None:
        binding: dict[bytes, list[int]] = {}
        for place, bound in enumerate(names, first):
            for name in bound:
                binding.setdefault(name, []).append(place)
        for name in sorted(binding):
            self.names.append(name)
            self.bound += binding[name][: self.most]
            self.bound_ends.append(len(self.bound))
        self.others += [place for place, bound in enumerate(names, first) if not bound][: self.most]


def needed(imports: Imports, text: npt.NDArray[np.uint8], spans: npt.NDArray[np.int64]) -> tuple[Places, Places]:
    """Return the statements that each chunk needs, in order: those whose names occur in it and those whose names cannot be seen.

    `spans` has (file, start, end, is ASCII) of each chunk in the UTF-8 `text`, by file. The statements of chunk i, of which there are
    at most `imports.most`, are the first of what is returned from its place ends[i - 1] to ends[i]; `ends` is the second.
    """
    tables = [np.array(table, np.int64) for table in (imports.bound, imports.bound_ends, imports.files, imports.others)]
    tables[2] = tables[2].reshape(-1, 4)
    names = np.frombuffer(b"".join(imports.names), np.uint8)
    name_ends = np.cumsum(list(map(len, imports.names)), dtype=np.int64)
    seen, lengths = np.full(len(imports.spans), -1), np.empty(256, np.uint32)
    found, ends = np.empty(len(spans) * min(imports.most, len(seen)), np.int64), np.empty(len(spans), np.int64)
    kernel = machine_code.load("assets.corpus.chunks.bound_words")
    count = kernel.need(text, spans, _kinds(), names, name_ends, *tables, seen, lengths, imports.most, found, ends)
    return found[:count], ends


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Return for each character whether a word of `_WORD` may go on with it: 1, or 2 for a digit, with which none begins."""
    characters = np.arange(_PLANES_OF_LETTERS << 16, dtype=np.uint32).view("U1")
    return np.where(np.strings.isdecimal(characters), 2, np.strings.isalnum(characters) | (characters == "_")).astype(np.uint8)
