"""How far an answer stands in what it cites, and a question in what it is asked about; all scores are from 0 to 1."""

from assets.corpus.generation import words

# What a word counts that stands in the text, but not on the cited lines: under every sensible threshold, so that what is cited must bear
# a part of the answer; nor can a text that gives orders have its words pass with lines that have nothing to do with them.
_ELSEWHERE = 0.25
# What a question may be full of without naming anything.
_GENERIC = frozenset(
    words.words(
        "function method class constructor module file code snippet program script text section passage document chapter paragraph line "
        "part page example following given provided shown mentioned described author work works used use uses purpose role meaning main "
        "return returns happen happens mean means do does explain describe compare difference way thing something behaviour behavior"
    )
)


def overlap(question: str, answer: str, cited: str, shown: str) -> float:
    """Return the share of the answer's content words that stand on the cited lines; elsewhere in what was shown, a word counts a quarter.

    Content words are the distinct `words.terms`. Those of the question are left out, because to repeat them claims nothing; when the
    answer has no others, they are what counts. 0 when there is no content word at all.
    """
    claimed = words.terms(answer)
    asked = words.vocabulary(question)
    new = [term for term in claimed if term not in asked] or claimed
    in_cited, in_shown = words.vocabulary(cited), words.vocabulary(shown)
    found = sum(1.0 if term in in_cited else _ELSEWHERE * (term in in_shown) for term in new)
    return found / len(new) if new else 0.0


def known_names(question: str, answer: str, shown: str) -> float:
    """Return the share of the answer's identifiers and numbers that stand in what was shown or in the question; 1 when it has none."""
    claimed = words.names(answer)
    there = words.known(shown) | words.known(question)
    return sum(name in there for name in claimed) / len(claimed) if claimed else 1.0


def named_terms(question: str, shown: str) -> list[str]:
    """Return the content words of a question that stand in what is asked about; "this function" names nothing."""
    there = words.vocabulary(shown)
    return [term for term in words.terms(question) if term not in _GENERIC and term in there]


def specificity(question: str, shown: str) -> float:
    """Return the share of the question's content words that stand in what is asked about; 0 when it has none."""
    asked = [term for term in words.terms(question) if term not in _GENERIC]
    return len(named_terms(question, shown)) / len(asked) if asked else 0.0


def copied_share(question: str, answer: str) -> float:
    """Return the share of the answer's content words that stand in its question; 0 when it has none."""
    claimed = words.terms(answer)
    asked = words.vocabulary(question)
    return sum(term in asked for term in claimed) / len(claimed) if claimed else 0.0


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the Jaccard index of two sets; two empty ones are equal."""
    return len(one & other) / len(one | other) if one or other else 1.0
