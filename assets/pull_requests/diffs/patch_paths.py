"""File names in a diff's headers: prefixes, C quotes, the tab that follows a name with blanks."""

import re

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(rb'\\([abtnvfr"\\]|[0-7]{1,3})')
_ESCAPED = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r", b'"': b'"', b"\\": b"\\"}
# git's default prefixes, and those of diff.mnemonicPrefix (index, work tree, commit, object) in both directions.
_PAIRS = ("ab", "iw", "ci", "cw", "ow", "wi", "ic", "wc", "wo", "ba")
_PREFIXES = [(f"{pair[0]}/", f"{pair[1]}/") for pair in _PAIRS]


def paths(names: str, fields: dict[str, str]) -> tuple[str, str]:
    """Return the old and the new path: from rename and copy lines, else from --- and +++, else from the first line."""
    before, after = next(((x, y) for x, y in _PREFIXES if _has(names, x, y)), ("", ""))
    first_old, first_new = _split(names)
    old = fields.get("rename from") or fields.get("copy from")
    new = fields.get("rename to") or fields.get("copy to")
    if old is not None and new is not None:
        return plain(old), plain(new)
    shown = {side: plain(fields.get(side, "")) for side in ("---", "+++")}
    old = shown["---"] if shown["---"] not in ("", "/dev/null") else first_old
    new = shown["+++"] if shown["+++"] not in ("", "/dev/null") else first_new
    return old.removeprefix(before), new.removeprefix(after)


def _has(names: str, before: str, after: str) -> bool:
    return names.startswith((before, '"' + before)) and (f" {after}" in names or f' "{after}' in names)


def _split(names: str) -> tuple[str, str]:
    """Return the two names of "diff --git", with prefixes. Where only this line names the file both are the same but for the prefix."""
    names = names.rstrip("\r")
    quoted = _QUOTED.match(names)
    if quoted:
        return plain(quoted[0]), plain(names[quoted.end() + 1 :])
    if names.endswith('"') and ' "' in names:
        old, _, new = names.partition(' "')
        return old, plain('"' + new)
    half = len(names) // 2
    return (names[:half], names[half + 1 :]) if names[half : half + 1] == " " else (names, names)


def plain(name: str) -> str:
    """Return a name as git wrote it without its C quotes, or without the tab that follows a name with blanks; bytes are read as UTF-8."""
    quoted = _QUOTED.match(name)
    if not quoted:
        return name.partition("\t")[0].rstrip("\r")
    return _ESCAPE.sub(_byte, quoted[1].encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _byte(escape: re.Match[bytes]) -> bytes:
    return _ESCAPED.get(escape[1]) or bytes([int(escape[1], 8) & 0xFF])
