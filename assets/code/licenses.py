"""Licences as SPDX expressions: read from headers, metadata and licence texts; and which of them are permissive."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from license_expression import AND, OR, ExpressionError, LicenseSymbol, LicenseWithExceptionSymbol, Licensing, get_spdx_licensing

from assets.code import languages

MAX_LICENSE_BYTES = 131_072
MAX_EXPRESSION_CHARS = 200  # a longer License field is a licence text

# Licences that allow use, change and redistribution with notices at most (the permissive ratings of the Blue Oak Council's list,
# bronze and above, and the public domain dedications).
PERMISSIVE = frozenset(
    [
        "0BSD",
        "AFL-3.0",
        "Apache-1.1",
        "Apache-2.0",
        "Artistic-2.0",
        "BSD-1-Clause",
        "BSD-2-Clause",
        "BSD-2-Clause-Patent",
        "BSD-3-Clause",
        "BSD-3-Clause-Clear",
        "BSD-4-Clause",
        "BSL-1.0",
        "BlueOak-1.0.0",
        "CC0-1.0",
        "CNRI-Python",
        "FTL",
        "HPND",
        "ICU",
        "ISC",
        "Libpng",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MS-PL",
        "NCSA",
        "OFL-1.1",
        "OpenSSL",
        "PHP-3.01",
        "PSF-2.0",
        "PostgreSQL",
        "Python-2.0",
        "Python-2.0.1",
        "TCL",
        "UPL-1.0",
        "Unicode-3.0",
        "Unicode-DFS-2016",
        "Unlicense",
        "W3C",
        "WTFPL",
        "X11",
        "Xnet",
        "ZPL-2.1",
        "Zlib",
        "bzip2-1.0.6",
        "curl",
        "libpng-2.0",
        "zlib-acknowledgement",
    ]
)
_HEADER = re.compile(r"SPDX-License-Identifier:[ \t]*([^\r\n]+)")
_HEADER_END = re.compile(r"\s*(?:\*/|-->|--\}\}|#\}|\*\)|-\}|[\"'`;]).*$")
_FILE = re.compile(r"^(?:licen[cs]es?|copying|unlicense|copyright)(?:[-._].*)?$", re.IGNORECASE)
_ALIASES = {
    "mit license": "MIT",
    "the mit license": "MIT",
    "apache": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache license version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause",
    "new bsd license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "simplified bsd": "BSD-2-Clause",
    "isc license": "ISC",
    "psf": "PSF-2.0",
    "psf license": "PSF-2.0",
    "mpl 2.0": "MPL-2.0",
    "gplv2": "GPL-2.0-only",
    "gplv3": "GPL-3.0-only",
    "gplv3+": "GPL-3.0-or-later",
    "lgplv3": "LGPL-3.0-only",
    "agplv3": "AGPL-3.0-only",
}
# "BSD License" is missing because it names three licences; of "Apache Software License" only 2.0 is in use.
_CLASSIFIERS = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "Zero-Clause BSD (0BSD)": "0BSD",
    "Boost Software License 1.0 (BSL-1.0)": "BSL-1.0",
    "zlib/libpng License": "Zlib",
    "Historical Permission Notice and Disclaimer (HPND)": "HPND",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU General Public License v3 or later (GPLv3+)": "GPL-3.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU Affero General Public License v3": "AGPL-3.0-only",
    "GNU Affero General Public License v3 or later (AGPLv3+)": "AGPL-3.0-or-later",
}
# Phrases that must all stand in the text, in lower case and without punctuation but the full stop. Of two that start at one
# place the first counts.
_TEXTS = (
    ("MPL-2.0", ("mozilla public license version 2.0 1. definitions",)),
    ("AGPL-3.0-only", ("gnu affero general public license version 3",)),
    ("LGPL-3.0-only", ("gnu lesser general public license version 3",)),
    ("LGPL-2.1-only", ("gnu lesser general public license version 2.1",)),
    ("LGPL-2.0-only", ("gnu library general public license version 2",)),
    ("GPL-3.0-only", ("gnu general public license version 3",)),
    ("GPL-2.0-only", ("gnu general public license version 2",)),
    ("Apache-2.0", ("apache license version 2.0", "terms and conditions for use reproduction and distribution")),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("BSL-1.0", ("boost software license version 1.0",)),
    ("PSF-2.0", ("python software foundation license version 2",)),
    ("MIT", ("permission is hereby granted free of charge to any person obtaining a copy", "included in all copies or substantial")),
    ("MIT-0", ("permission is hereby granted free of charge to any person obtaining a copy", "without warranty of any kind")),
    ("ISC", ("permission to use copy modify and or distribute this software for any purpose", "provided that the above copyright notice")),
    ("ISC", ("permission to use copy modify and distribute this software for any purpose", "provided that the above copyright notice")),
    ("0BSD", ("permission to use copy modify and or distribute this software for any purpose",)),
    ("BSD-4-Clause", ("redistribution and use in source and binary forms", "all advertising materials")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "in binary form must reproduce", "endorse or promote products")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "in binary form must reproduce")),
)


@lru_cache(maxsize=1)
def _spdx() -> Licensing:
    return get_spdx_licensing()


@lru_cache(maxsize=4096)
def normalise(expression: str | None) -> str | None:
    """Return `expression` in SPDX's spelling; None when it is not one, or names a licence that SPDX does not list."""
    if expression is None or not 0 < len(expression.strip()) <= MAX_EXPRESSION_CHARS:
        return None
    known = _ALIASES.get(" ".join(expression.lower().split()), expression)
    try:
        parsed = _spdx().parse(known, validate=True, strict=True)
    except ExpressionError:
        return None
    return None if parsed is None else str(parsed.render())


def of_header(text: str) -> str | None:
    """Return the SPDX expression in the SPDX-License-Identifier line of `text`, None when there is no valid one."""
    found = _HEADER.search(text)
    return None if found is None else normalise(_HEADER_END.sub("", found[1]).strip())


def of_classifiers(classifiers: Iterable[str]) -> str | None:
    """Return the licences that Trove `classifiers` name, joined by OR as packages mean it; None when one of them is ambiguous."""
    named = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License :: ") and line.count(" :: ") > 1]
    if not named or any(name not in _CLASSIFIERS for name in named):
        return None
    return " OR ".join(sorted({_CLASSIFIERS[name] for name in named}))


def is_license_file(name: str) -> bool:
    """Tell whether a file called `name` (without folder) holds a licence by its name."""
    return _FILE.match(name) is not None and languages.of_path(name) in (None, "Text", "Markdown", "reStructuredText", "HTML")


def of_text(text: str) -> str | None:
    """Return the SPDX id of the licence that `text` is, by phrases that only it has; None when it is none of the common ones.

    Of several licences the one that starts first counts: those of bundled libraries follow a project's own. The text of a GNU
    licence does not tell "only" from "or later": the narrower one is returned.
    """
    plain = re.sub(r"[^a-z0-9.]+", " ", text.lower())
    found = [(plain.find(phrases[0]), spdx) for spdx, phrases in _TEXTS if all(phrase in plain for phrase in phrases)]
    return min(found, key=lambda match: match[0])[1] if found else None


def of_files(texts: Mapping[str, bytes]) -> str | None:
    """Return the SPDX expression of a repository's licence files (name -> bytes), None when none of them is known.

    Files named LICENSE-THIS and LICENSE-THAT are a choice (Rust's convention); other combinations all apply, but a GPL beside
    an LGPL is only the text that the LGPL builds on.
    """
    found = {name: spdx for name, text in sorted(texts.items()) if (spdx := of_text(text.decode("utf-8", "replace")))}
    ids = sorted(set(found.values()))
    if any(spdx.startswith("LGPL-") for spdx in ids):
        ids = [spdx for spdx in ids if not spdx.startswith("GPL-")]
    choice = all("-" in name for name in found)
    return (" OR " if choice else " AND ").join(ids) or None


@lru_cache(maxsize=4096)
def is_permissive(expression: str | None) -> bool:
    """Tell whether `expression` lets one use the code under permissive terms: one side of an OR, both sides of an AND."""
    known = normalise(expression)
    return known is not None and _permissive(_spdx().parse(known))


def _permissive(node: object) -> bool:
    if isinstance(node, OR):
        return any(_permissive(part) for part in node.args)
    if isinstance(node, AND):
        return all(_permissive(part) for part in node.args)
    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    return isinstance(node, LicenseSymbol) and node.key in PERMISSIVE
