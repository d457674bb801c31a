"""Licence texts: which licence a LICENSE file is, and how surely.

First the official texts of SPDX, compared as sets of words; a text that is no official one word for word (a header, several
licences in one file, an old wording) is known by phrases that only its licence has.
"""

import gzip
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import metadata
from typing import NamedTuple

from assets.code import languages
from assets.code.licenses import notices

MAX_LICENSE_BYTES = 131_072
# Share of words in common (Sorensen-Dice) at which GitHub takes a file for a licence: CONFIDENCE_THRESHOLD in
# https://github.com/licensee/licensee/blob/main/lib/licensee.rb
MIN_SIMILARITY = 0.98
PHRASE_SCORE = 0.9  # a text that a phrase tells may say more than its licence does
_FILE = re.compile(r"^(?:licen[cs]es?|copying|unlicense|copyright)(?:[-._].*)?$", re.IGNORECASE)
# What is about the holder or the form and not about the terms (as in licensee's content_helper.rb and SPDX's matching guidelines,
# https://spdx.github.io/spdx-spec/v2.3/license-matching-guidelines-and-templates/): copyright lines, placeholders, the appendix.
_NOT_TERMS = re.compile(r"(?im)^[ \t*#/>-]*(?:portions )?(?:copyright|\(c\)|©|all rights reserved).*$|<[^<>\n]{1,80}>|\[[^\[\]\n]{1,80}\]")
_APPENDIX = re.compile(r"end of terms and conditions.*", re.DOTALL)
_HOLDER = re.compile(r"(neither the name of|provided by|in no event shall) .{1,100}? (nor the names of|and contributors as is|be liable)")
# Phrases that must all stand in the text, in lower case and without punctuation but the full stop. Of two that start at one
# place the first counts.
_TEXTS = (
    ("MPL-2.0", ("mozilla public license version 2.0 1 definitions",)),
    ("AGPL-3.0-only", ("gnu affero general public license version 3",)),
    ("LGPL-3.0-only", ("gnu lesser general public license version 3",)),
    ("LGPL-2.1-only", ("gnu lesser general public license version 2.1",)),
    ("LGPL-2.0-only", ("gnu library general public license version 2",)),
    ("GPL-3.0-only", ("gnu general public license version 3",)),
    ("GPL-2.0-only", ("gnu general public license version 2",)),
    ("Apache-2.0", ("apache license version 2.0", "terms and conditions for use reproduction and distribution")),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("BSL-1.0", ("boost software license version 1.0",)),
    ("PSF-2.0", ("python software foundation license version 2",)),
    *notices.GRANTS,
)
# Conditions that stand beside a licence and take back what it gives.
_RESTRICTIONS = {"commons clause license condition": "LicenseRef-Commons-Clause"}


class Match(NamedTuple):
    """What a text is."""

    expression: str
    score: float  # 0..1


def is_license_file(name: str) -> bool:
    """Tell whether a file called `name` (without folder) holds a licence by its name."""
    return _FILE.match(name) is not None and languages.of_path(name) in (None, "Text", "Markdown", "reStructuredText", "HTML")


def of_text(text: str) -> str | None:
    """Return the SPDX expression of the licence that `text` is; None when it is none that is known.

    Of several licences the one that starts first counts: those of bundled libraries follow a project's own. The text of a GNU
    licence does not tell "only" from "or later": the narrower one is returned.
    """
    found = match(text)
    return None if found is None else found.expression


@lru_cache(maxsize=256)  # of at most 128 KiB each
def match(text: str) -> Match | None:
    """Return the licence that `text` (its first 128 Ki characters) is and how surely, None when it is none that is known."""
    text = text[:MAX_LICENSE_BYTES]
    plain = notices.words(text.lower())
    found = _closest(text) or _by_phrase(plain) or _by_notice(text)
    taken_back = [name for phrase, name in _RESTRICTIONS.items() if phrase in plain]
    return found and Match(" AND ".join([found.expression, *taken_back]), found.score)


def _closest(text: str) -> Match | None:
    """Return the official text that shares most words with `text`, if it shares enough; of equals the shortest id."""
    words = _words(text)
    floor, ceiling = MIN_SIMILARITY / (2 - MIN_SIMILARITY) * len(words), (2 - MIN_SIMILARITY) / MIN_SIMILARITY * len(words)
    near = ((2 * len(words & known) / (len(words) + len(known)), spdx) for spdx, known in _official() if floor <= len(known) <= ceiling)
    best = min(((-score, len(spdx), spdx) for score, spdx in near if score >= MIN_SIMILARITY), default=None)
    return None if best is None else Match(best[2], -best[0])


def _words(text: str) -> frozenset[str]:
    plain = notices.words(_NOT_TERMS.sub("", text).lower())
    return frozenset(_HOLDER.sub(r"\1 holder \2", _APPENDIX.sub("", plain)).split())


@cache
def _official() -> list[tuple[str, frozenset[str]]]:
    """Return the words of each current text of the SPDX licence list, as the distribution licenseid carries it.

    Only its data is used: its own matching takes a second a text and goes by characters, so that it misses one known text in five.
    """
    files = metadata.distribution("licenseid").files or []
    bundle = next(file for file in files if file.name == "spdx-bundle.json.gz")
    licenses = json.loads(gzip.decompress(bundle.read_binary()))["licenses"]
    return [(row["licenseId"], _words(row["text"])) for row in licenses if row.get("text") and not row["isDeprecatedLicenseId"]]


def _by_phrase(plain: str) -> Match | None:
    found = [(plain.find(phrases[0]), spdx) for spdx, phrases in _TEXTS if all(phrase in plain for phrase in phrases)]
    return Match(min(found, key=lambda match: match[0])[1], PHRASE_SCORE) if found else None


def _by_notice(text: str) -> Match | None:
    """A COPYING file may hold no more than the notice that belongs into each file."""
    found = notices.of_notice(text)
    return None if found is None else Match(found, PHRASE_SCORE)


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
