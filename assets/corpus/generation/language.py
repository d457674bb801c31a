"""In which language a text is: by script, and within the Latin script by function words.

A library that guesses among a hundred languages errs on sentences that are half identifiers; here one language is expected, and only
clear evidence of another one counts.
"""

import re
import unicodedata

from assets.corpus.generation import words
from assets.corpus.generation.stop_words import STOP_WORDS

# Language -> the first words of the Unicode names of its letters.
_SCRIPTS = {
    "Russian": ("CYRILLIC",),
    "Chinese": ("CJK",),
    "Japanese": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"),
    "Korean": ("HANGUL", "CJK"),
}
_LATIN = ("LATIN", "FULLWIDTH", "FEMININE", "MASCULINE")
_WORD = re.compile(r"[^\W\d_]+")
_LEAST_EVIDENCE = 3  # function words of the other language: one or two may be names, as x, y and i are


def script_share(text: str, language: str, known: frozenset[str]) -> float:
    """Return the share (0 to 1) of letters that are in the script of `language`; 1 where there are none.

    Code, and words that are `known` (in lower case) from what was shown, do not count: they are quoted.
    """
    letters = "".join(word for word in _WORD.findall(words.without_code(text)) if word.lower() not in known)
    expected = _SCRIPTS.get(language, _LATIN)
    right = sum(unicodedata.name(letter, "?").split(" ", 1)[0] in expected for letter in letters)
    return right / len(letters) if letters else 1.0


def function_word_share(text: str, language: str) -> float:
    """Return own / (own + other), with the language of all others that has the most function words here; those of both do not count.

    1 where there is next to no evidence of another language, and for languages that are known by their script.
    """
    own = STOP_WORDS.get(language)
    if own is None:
        return 1.0
    found = [word.lower() for word in _WORD.findall(words.without_code(text))]
    shares = [1.0]
    for other in STOP_WORDS.values():
        n_other = sum(word in other and word not in own for word in found)
        if n_other >= _LEAST_EVIDENCE:
            n_own = sum(word in own and word not in other for word in found)
            shares.append(n_own / (n_own + n_other))
    return min(shares)
