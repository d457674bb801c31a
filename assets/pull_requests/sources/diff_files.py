"""A diff made of the patches that GitHub lists for the files of a pull request, for those whose whole diff it refuses to make."""

from collections.abc import Iterable, Mapping
from typing import Any

_ESCAPES = {7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 34: '"', 92: "\\"}


def assemble(files: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
    """Return (a diff as git writes it, how many files have changed lines but no patch: those are too large or binary)."""
    parts, cut = [], 0
    for file in files:
        name = file.get("filename")
        if not isinstance(name, str) or not name:
            continue
        patch = file.get("patch")
        parts.append(_header(name, file, isinstance(patch, str)))
        if isinstance(patch, str):
            parts.append(patch if patch.endswith("\n") or not patch else f"{patch}\n")
        cut += not isinstance(patch, str) and bool(file.get("changes"))
    return "".join(parts), cut


def _header(name: str, file: Mapping[str, Any], has_patch: bool) -> str:
    status, previous = file.get("status"), file.get("previous_filename")
    before = previous if isinstance(previous, str) and previous else name
    old, new = _quoted(f"a/{before}"), _quoted(f"b/{name}")
    lines = [f"diff --git {old} {new}"]
    if status == "added":
        lines.append("new file mode 100644")
    elif status == "removed":
        lines.append("deleted file mode 100644")
    elif before != name:
        kind = "copy" if status == "copied" else "rename"
        lines += [f"{kind} from {_quoted(before)}", f"{kind} to {_quoted(name)}"]
    if has_patch:
        ends = "/dev/null" if status == "added" else old, "/dev/null" if status == "removed" else new
        lines += [f"{mark} {end}{_tab(end)}" for mark, end in zip(("---", "+++"), ends, strict=True)]
    return "\n".join(lines) + "\n"


def _tab(path: str) -> str:
    """git ends a path that holds a space, so that one can tell where it ends."""
    return "\t" if " " in path and not path.startswith('"') else ""


def _quoted(path: str) -> str:
    """Return `path` as git writes it (core.quotePath, its default)."""
    data = path.encode("utf-8", "surrogatepass")
    if all(32 <= byte < 127 and byte not in (34, 92) for byte in data):
        return path
    return '"' + "".join(_escaped(byte) for byte in data) + '"'


def _escaped(byte: int) -> str:
    if byte in _ESCAPES:
        return "\\" + _ESCAPES[byte]
    return chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}"
