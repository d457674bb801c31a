"""What the head of a source file says about its licence: the SPDX line, else a notice that its licence asks for."""

import re
from collections.abc import Iterable, Iterator

from assets.code.licenses.expressions import normalise

# The tag stands in a comment: before it are no letters but those that open a comment (dnl, rem).
_TAG = "SPDX-License-Identifier:"
_HEADER = re.compile(rf"(?:[^\w\n]|\bdnl\b|\b(?:rem|REM)\b)*{_TAG}[ \t]*([^\r\n]+)")
_HEADER_END = re.compile(r"\s*(?:\*/|-->|--\}\}|#\}|\*\)|-\}|[\"'`;]).*$")

# Whole texts that are short enough to stand in a file. Phrases that must all stand in the text, in lower case and without
# punctuation but the full stop; of two that start at one place the first counts.
GRANTS = (
    ("MIT", ("permission is hereby granted free of charge to any person obtaining a copy", "included in all copies or substantial")),
    ("MIT-0", ("permission is hereby granted free of charge to any person obtaining a copy", "without warranty of any kind")),
    ("ISC", ("permission to use copy modify and or distribute this software for any purpose", "provided that the above copyright notice")),
    ("ISC", ("permission to use copy modify and distribute this software for any purpose", "provided that the above copyright notice")),
    ("0BSD", ("permission to use copy modify and or distribute this software for any purpose",)),
    (
        "HPND",
        ("permission to use copy modify and distribute this software and its documentation for any purpose", "provided that the above"),
    ),
    ("BSD-4-Clause", ("redistribution and use in source and binary forms", "all advertising materials")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "in binary form must reproduce", "endorse or promote products")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "in binary form must reproduce")),
    ("Zlib", ("this software is provided as is without any express or implied warranty", "altered source versions must be plainly marked")),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("BSL-1.0", ("permission is hereby granted free of charge to any person or organization obtaining a copy of the software",)),
)
# The notices as the licences themselves word them ("How to apply"), and the short forms of projects: expression, words without
# which the pattern cannot match, pattern.
_NOTICES = tuple(
    (spdx, gate, re.compile(pattern))
    for spdx, gate, pattern in (
        ("MPL-1.1 OR GPL-2.0-or-later OR LGPL-2.1-or-later", "mpl 1.1", r"mpl 1.1 gpl 2.0 lgpl 2.1"),
        ("MIT OR GPL-2.0-only", "dual licensed", r"under the mit (?:and|or) gpl version 2 licenses"),
        ("MIT OR GPL-1.0-or-later", "dual licensed", r"under the mit (?:and|or) gpl licenses"),
        ("Apache-2.0 WITH LLVM-exception", "llvm exceptions", r"under the apache license v2.0 with llvm exceptions"),
        ("Apache-2.0", "apache", r"under the apache license (?:version |v)?2.0(?! with llvm)|apache.org licenses license 2.0"),
        ("MPL-2.0-no-copyleft-exception", "secondary licenses", r"this source code form is incompatible with secondary licenses"),
        ("MPL-2.0", "mozilla public", r"mozilla public license (?:version |v )?2.0(?!.{0,200} is incompatible with secondary)"),
        ("MPL-1.1", "mozilla public", r"subject to the mozilla public license version 1.1(?!.{0,2000}mpl 1.1 gpl)(?<!mpl 1.1 gpl 2.0)"),
        ("EPL-1.0", "eclipse public", r"terms of the eclipse public license v(?:ersion )?1.0"),
        ("EPL-2.0", "eclipse public", r"terms of the eclipse public license (?:v(?:ersion )? ?)?2.0"),
        ("CDDL-1.0", "common development", r"terms of the common development and distribution license(?! version 1.1)"),
        ("BSL-1.0", "boost software", r"(?:under|to) the boost software license version 1.0"),
        (
            "MIT",
            "mit license",
            r"(?:(?:licensed|released|distributed|available|is) under (?:the )?(?:terms of the )?|or (?:the )?)mit license",
        ),
        ("MIT", "license mit", r"license mit(?: |$)"),
        ("BSD-3-Clause", "license bsd 3", r"license bsd 3 clause"),
        ("PSF-2.0", "psf", r"licensed to psf under a contributor agreement"),
        ("CC0-1.0", "creativecommons", r"creativecommons.org publicdomain zero 1.0"),
        ("WTFPL", "do what the fuck", r"do what the fuck you want to public license"),
        ("LicenseRef-Proprietary", "proprietary", r"confidential and proprietary|proprietary and confidential"),
        ("LicenseRef-Proprietary", "express license agreement", r"without an express license agreement"),
    )
)
_GNU = re.compile(
    r"under the terms (?:and conditions )?of (?:version (?P<before>[123](?:\.[01])?)(?P<later>.{0,40}? later)?.{0,20}? of )?"
    r"the gnu (?P<kind>lesser |library |affero )?(?:general )?public license(?P<after>.{0,220})"
)
_GNU_SHORT = re.compile(
    r"licensed? (?:under )?(?:the )?(?:gnu )?(?P<kind>l|a)?gpl ?v?(?:ersion )?(?P<version>[123](?:\.[01])?)(?P<later>\+| or later)?"
)
_GNU_VERSION = re.compile(r"version (?P<version>[123](?:\.[01])?)(?P<between>.{0,60})")
_GNU_IDS = {None: "GPL", "lesser ": "LGPL", "library ": "LGPL", "affero ": "AGPL", "l": "LGPL", "a": "AGPL"}
_CHOICE = re.compile(r"at your option(?! any later)|alternatively|dual licensed|under (?:either|one) of|or the mit license")
_GATES = ("licen", "ermission", "edistribution", "altered source", "unencumbered", "proprietary")
_LETTERS = bytes(byte if chr(byte) in "abcdefghijklmnopqrstuvwxyz0123456789.+" else 32 for byte in range(256))


def of_header(text: str) -> str | None:
    """Return the SPDX expression in the SPDX-License-Identifier line of `text`, None when there is no valid one.

    Several lines all apply (REUSE specification 3.3, https://reuse.software/spec-3.3/): they are joined by AND.
    """
    lines = (_HEADER_END.sub("", line).strip() for line in _header_lines(text))
    return _joined([known for known in map(normalise, lines) if known], " AND ")


def _header_lines(text: str) -> Iterator[str]:
    """Yield what stands behind the tag in each line that has it, and before it nothing but what opens a comment."""
    at = text.find(_TAG)
    while at >= 0:
        if found := _HEADER.match(text, text.rfind("\n", 0, at) + 1):
            yield found[1]
        end = text.find("\n", at)
        at = text.find(_TAG, end) if end >= 0 else -1


_NOTICE_CHARS = 600  # how far a notice goes on after the last word that only notices have


def of_notice(text: str) -> str | None:
    """Return the SPDX expression of the licence notices in `text`, None when there is none that is known.

    "or (at your option) any later version" makes a GNU licence -or-later, its absence -only. Several notices all apply, unless
    the text offers a choice. A line like "governed by a licence that can be found in the LICENSE file" is no notice: that file is.
    """
    lower = text.lower()
    ends = [lower.rfind(gate) for gate in _GATES if gate in lower]  # to look for what is not there is quicker forwards
    if not ends:
        return None
    plain = words(lower[: max(ends) + _NOTICE_CHARS])
    found = set(_found(plain))
    is_choice = (len(found) > 1 or " OR " in "".join(found)) and _CHOICE.search(plain)
    return _joined(found, " OR " if is_choice else " AND ")


def words(lower: str) -> str:
    """Return the words of `lower` (lower case) with one space between them: letters, digits, + and the full stops inside a word."""
    text = lower.encode("ascii", "replace").translate(_LETTERS)
    return b" ".join(text.replace(b". ", b" ").split()).decode()


def _found(plain: str) -> Iterator[str]:
    if "gpl" in plain or "gnu " in plain:
        yield from _gnu(plain)
    for spdx, gate, pattern in _NOTICES:
        if gate in plain and pattern.search(plain):
            yield spdx
    for spdx, phrases in GRANTS:
        if phrases[0] in plain and all(phrase in plain for phrase in phrases):
            yield spdx
            return


def _gnu(plain: str) -> Iterator[str]:
    for found in _GNU.finditer(plain):
        version = _GNU_VERSION.search(found["after"])
        number = found["before"] or (version and version["version"])
        later = found["later"] or (version is not None and " later" in f" {version['between']}")
        yield _gnu_id(found["kind"], number or "1.0", bool(later) or number is None)
    for found in _GNU_SHORT.finditer(plain):
        yield _gnu_id(found["kind"], found["version"], bool(found["later"]))


def _gnu_id(kind: str | None, version: str, later: bool) -> str:
    number = version if "." in version else f"{version}.0"
    return f"{_GNU_IDS[kind]}-{number}-{'or-later' if later else 'only'}"


def _joined(expressions: Iterable[str], operator: str) -> str | None:
    known = {found for expression in expressions if (found := normalise(expression))}
    pieces = {piece for part in known for piece in (part.split(operator) if "(" not in part else [part])}
    return normalise(operator.join(sorted(f"({piece})" if len(pieces) > 1 and " OR " in piece else piece for piece in pieces)))
