"""SPDX expressions: spelling, what a package's metadata says, which are permissive, and whether two agree."""

import re
from collections.abc import Iterable
from functools import lru_cache

from license_expression import AND, OR, ExpressionError, LicenseSymbol, LicenseWithExceptionSymbol, Licensing, get_spdx_licensing

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
# A licence that SPDX does not list, named by whoever uses it (SPDX specification 2.3, annex D): known, and never permissive.
_OWN_LICENSE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
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


@lru_cache(maxsize=1)
def _spdx() -> Licensing:
    return get_spdx_licensing()


@lru_cache(maxsize=4096)
def normalise(expression: str | None) -> str | None:
    """Return `expression` in SPDX's spelling; None when it is not one, or names a licence that SPDX does not list.

    A `LicenseRef-` is a valid name of a licence of one's own and stays as it is.
    """
    if expression is None or not 0 < len(expression.strip()) <= MAX_EXPRESSION_CHARS:
        return None
    known = _ALIASES.get(" ".join(expression.lower().split()), expression)
    try:
        parsed = _spdx().parse(known, strict=True)
    except ExpressionError:
        return None
    unknown = [] if parsed is None else _spdx().unknown_license_keys(parsed)
    return None if parsed is None or not all(map(_OWN_LICENSE.fullmatch, unknown)) else str(parsed.render())


def of_classifiers(classifiers: Iterable[str]) -> str | None:
    """Return the licences that Trove `classifiers` name, joined by OR as packages mean it; None when one of them is ambiguous."""
    named = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License :: ") and line.count(" :: ") > 1]
    if not named or any(name not in _CLASSIFIERS for name in named):
        return None
    return " OR ".join(sorted({_CLASSIFIERS[name] for name in named}))


@lru_cache(maxsize=4096)
def allows(expression: str | None, licenses: frozenset[str]) -> bool:
    """Tell whether `expression` lets one use the code under `licenses` (SPDX ids): one side of an OR, both sides of an AND.

    An exception (WITH) only ever adds permissions, so the licence before it decides.
    """
    known = normalise(expression)
    return known is not None and _allows(_spdx().parse(known), licenses)


def _allows(node: object, licenses: frozenset[str]) -> bool:
    if isinstance(node, OR):
        return any(_allows(part, licenses) for part in node.args)
    if isinstance(node, AND):
        return all(_allows(part, licenses) for part in node.args)
    if isinstance(node, LicenseWithExceptionSymbol):
        node = node.license_symbol
    return isinstance(node, LicenseSymbol) and node.key in licenses


def is_permissive(expression: str | None) -> bool:
    """Tell whether `expression` lets one use the code under permissive terms: one side of an OR, both sides of an AND."""
    return allows(expression, PERMISSIVE)


@lru_cache(maxsize=4096)
def names(expression: str) -> frozenset[str]:
    """Return the SPDX ids that `expression` (normalised) names, without exceptions."""
    return frozenset(symbol.key for symbol in _spdx().license_symbols(_spdx().parse(expression)) if not symbol.is_exception)


def agree(specific: str, general: str) -> bool:
    """Tell whether two expressions, the first of a part of what the second is of, can both be true and mean the same for a user.

    They do when both are permissive (the notices of both must be kept), or when the general one names every licence that the
    specific one names: one of its choices, or of its parts. GPL versions "only" and "or later" count as one, because the text of
    the licence, where most expressions come from, does not tell them apart.
    """
    if is_permissive(specific) and is_permissive(general):
        return True
    return _families(specific) <= _families(general)


def _families(expression: str) -> frozenset[str]:
    return frozenset(re.sub(r"(?:-only|-or-later|\+)$", "", name) for name in names(expression))
