"""The licence files of a source: what they say about the folders that they stand in and about what is below."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from assets.code import licenses

MAX_FILES_PER_FOLDER = 20  # a folder of a thousand licence texts is a collection of them
ROOT = ""
UNRECOGNISED = "LicenseRef-Unrecognised"  # a folder with terms of its own is not under the repository's, even when nobody knows them
_REGULAR = frozenset(["100644", "100755"])

Read = Callable[[Sequence[Hashable]], Iterator[bytes | None]]


def find(files: Iterable[tuple[str, str, int, Hashable]]) -> dict[str, dict[str, Hashable]]:
    """Return folder -> file name -> key of the licence files among (path, mode, n_bytes, key); links are none."""
    found: dict[str, dict[str, Hashable]] = {}
    for path, mode, n_bytes, key in files:
        if mode in _REGULAR and 0 < n_bytes <= licenses.MAX_LICENSE_BYTES:
            folder, _, name = path.rpartition("/")
            if licenses.is_license_file(name):
                found.setdefault(folder, {})[name] = key
    return {folder: dict(islice(sorted(names.items()), MAX_FILES_PER_FOLDER)) for folder, names in sorted(found.items())}


def detect(found: Mapping[str, Mapping[str, Hashable]], read: Read) -> dict[str, str | None]:
    """Return folder -> SPDX expression of its licence files; of ones that are not known None for the root, else `UNRECOGNISED`.

    `read` yields the bytes behind keys in their order, and is called once. Equal files in several folders are read and recognised once.
    """
    groups = {folder: tuple(names.items()) for folder, names in found.items()}
    distinct = list(dict.fromkeys(groups.values()))
    contents = read([key for group in distinct for _, key in group])
    known = {group: _expression({name: next(contents) for name, _ in group}) for group in distinct}
    return {folder: known[group] or (None if folder == ROOT else UNRECOGNISED) for folder, group in groups.items()}


def nearest(paths: Iterable[str], expressions: Mapping[str, str | None]) -> list[str | None]:
    """Return for each of `paths` the expression of the closest folder below the root that has licence files, None without one."""
    known: dict[str, str | None] = {ROOT: None}
    below = {folder: expression for folder, expression in expressions.items() if folder != ROOT}
    if not below:
        return [None for _ in paths]
    return [_closest(path.rpartition("/")[0], below, known) for path in paths]


def _closest(folder: str, expressions: Mapping[str, str | None], known: dict[str, str | None]) -> str | None:
    passed = []
    while folder not in known and folder not in expressions:
        passed.append(folder)
        folder = folder.rpartition("/")[0]
    found = expressions[folder] if folder in expressions else known[folder]
    known.update(dict.fromkeys(passed, found))
    return found


def _expression(texts: Mapping[str, bytes | None]) -> str | None:
    return licenses.of_files({name: text for name, text in texts.items() if text is not None})
