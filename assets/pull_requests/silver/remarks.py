"""What kind of remark a comment is, by named rules.

Every rule is a pure function of a `Remark` and returns a score from 0 to 1. The kinds follow what studies of review comments sort out
before training: questions, praise, acknowledgements and references to something that the code does not show (Tufano et al. 2022,
https://arxiv.org/abs/2201.06850; Liu et al. 2025, "Too Noisy To Learn", https://arxiv.org/abs/2502.02757). The word lists are our own.
"""

import re
from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from assets.pull_requests.silver import markdown, suggestions

Rule = Literal[
    "acknowledges", "asks_a_question", "has_code", "nit", "praise", "refers_outside", "requests_a_change", "suggestion", "too_short"
]
RULES: tuple[Rule, ...] = get_args(Rule)
_WORD = re.compile(r"[^\W\d_]\w*")
_URL = re.compile(r"(?i)\bhttps?://[^\s)>\]]+")
_SENTENCE_END = re.compile(r"(?<=[.!?:;])\s+|\n+")
_VERBS = (
    "add|adjust|align|annotate|avoid|call|cast|change|check|clarify|close|combine|consider|convert|correct|declare|delete|document"
    "|do not|don'?t|drop|ensure|explain|extract|factor|fix|format|get rid of|handle|ignore|import|include|indent|initiali[sz]e|inline"
    "|insert|introduce|keep|leave|limit|log|make|mark|merge|move|name|omit|pass|prefer|put|reduce|refactor|reformat|remove|rename|reorder"
    "|replace|restore|return|reuse|revert|rewrite|set|shorten|simplify|sort|specify|split|switch|throw|try|turn|undo|update|use|validate"
    "|verify|wrap|write"
)
_LEAD = (
    "yes|yeah|yep|ok(?:ay)?|nit(?:pick)?|minor|style|optional|suggestion|also|and|but|so|then|maybe|perhaps|please|pls|just|same here|here"
)
_IMPERATIVE = re.compile(rf"(?i)^\W*(?:(?:{_LEAD})\b[\s:,.-]*)*(?:{_VERBS})\b")
_ASKED = re.compile(
    r"(?i)\b(?:(?:could|can|would|will|might|may) (?:you|we|this|it|that|be)|please|should(?:n'?t)?|needs? (?:to|an?)|must|have to|let'?s"
    r"|i(?:'d| would) (?:prefer|suggest|recommend|rather|expect|like)|i (?:suggest|recommend|propose|prefer)|how about|what about|why not"
    r"|(?:better|nicer|cleaner|simpler|safer|clearer|easier) (?:to|if|as|with)|instead|missing|typo|unused|no need"
    r"|(?:is|are|looks?|seems?) (?:redundant|unnecessary|superfluous|obsolete|outdated|wrong|incorrect)|not? (?:needed|required))\b"
)
_QUESTION = re.compile(
    r"(?i)^\W*(?:why|how come|what (?:is|are|does|if)"
    r"|(?:is|are|do|does|did|was|were|should|shouldn'?t|isn'?t|can|could) (?:this|that|it|there|these|those|we|you))\b"
)
_NIT = re.compile(r"(?i)\b(?:nits?|nit-?pick(?:s|y|ing)?|cosmetic|bike-?shed\w*|pedantic)\b")
_NIT_FIRST = re.compile(r"(?i)^\W*(?:(?:\w+ )?nits?|nit-?pick\w*|minor|style|tiny|super small|typo)\b")
_PRAISE = re.compile(
    r"(?i)\b(?:nice(?:ly)?|great|good (?:catch|idea|point|job|work|one|find|call|stuff)|awesome|excellent|perfect|love (?:it|this|the)|lgtm"
    r"|looks (?:good|great|fine)|well done|cool|neat|brilliant|fantastic|impressive|kudos|clever)\b"
    r"|\+1|👍|🎉|❤|💯|🚀|:\+1:|:tada:|:heart:"
)
_ANSWERS = (
    "done|fixed|addressed|updated|changed|removed|added|resolved|corrected|reverted|renamed|moved|applied|implemented|integrated|completed"
    "|adjusted|will (?:do|fix|change|update|add)|i(?:'ll| will|'ve| have|'m| am) \\w+|i (?:fixed|changed|updated|removed|added|did|made)"
    "|agreed?|got it|makes sense|good (?:point|catch|idea|question|call)|fair (?:enough|point)|you(?:'re| are) (?:absolutely )?right|my bad"
    "|noted|no problem|no worries|never ?mind|as you (?:wish|like)|thank(?:s| you)|👍|:\\+1:|ok(?:ay)?|yes|yep|sure"
)
_OPENINGS = "ok(?:ay)?|yes|yep|yeah|sure|ah|oh+|hm+|sorry|oops|thanks?(?: you)?|thx|ty|great|right|true|hi"
_ACKNOWLEDGED = re.compile(rf"(?i)^\W*(?:(?:{_OPENINGS})\b[\s,.!:)-]*)*(?:{_ANSWERS})(?!\w)")
_OUTSIDE = re.compile(
    r"(?i)(?<![\w&])#\d+\b|\bgh-\d+\b|\b[0-9a-f]{40}\b"
    r"|(?-i:\b(?!(?:UTF|SHA|ISO|MD|AES|RSA|CRC|RFC|CVE|PEP|UCS|EC|JSR)-)[A-Z][A-Z0-9]{1,9}-\d+\b)"
    r"|\b(?:as (?:discussed|mentioned|said|agreed|noted|stated|per|above)|see (?:above|below|my|other|comments?|discussion|pr|issue)"
    r"|(?:same|ditto)(?: as)? (?:here|above|below|before|as)|offline|on slack"
    r"|(?:previous|earlier|last|above|your|my|other) (?:comment|pr|pull request|review|discussion|remark)|(?:previous|earlier) comments"
    r"|(?:another|separate|different|follow-?up|next|future) (?:prs?|pull requests?|issues?|tickets?|commits?))\b"
    r"|^\W*(?:ditto|same\W*$)"
)


class Remark(NamedTuple):
    """What the rules look at: the prose (without code, quotations and URLs), what else there is, and who speaks."""

    prose: str
    n_words: int
    n_urls: int
    n_blocks: int
    n_spans: int
    n_suggestions: int
    is_reply: bool
    by_pull_author: bool


def read(body: str, is_reply: bool = False, by_pull_author: bool = False) -> Remark:
    """Return what the rules look at of `body`. Words in code spans count, those in blocks do not."""
    text = markdown.unified(body)
    blocks = markdown.fences(text)
    code = markdown.code(text)
    spans = [text[start:end] for start, end in code if text[start] == "`" and not any(block.start <= start < block.end for block in blocks)]
    written = markdown.prose(text)
    prose = _URL.sub(" ", written).strip()
    n_words = len(_WORD.findall(" ".join([prose, *spans])))
    n_suggestions = len(suggestions.parse(text))
    n_urls = len(_URL.findall(written))
    return Remark(prose, n_words, n_urls, len(blocks) - n_suggestions, len(spans), n_suggestions, is_reply, by_pull_author)


def asks_a_question(remark: Remark) -> float:
    """Share of the sentences that are questions, at least .5 where there is one; .5 for one without its mark."""
    said = _sentences(remark.prose)
    asked = sum(sentence.rstrip(" )*_\"'").endswith("?") for sentence in said)
    if asked:
        return max(0.5, asked / len(said))
    return 0.5 if said and _QUESTION.search(said[0]) else 0.0


def requests_a_change(remark: Remark) -> float:
    """1 with a suggestion block, .9 with a sentence in the imperative, .7 where something is asked for or called wrong."""
    if remark.n_suggestions:
        return 1.0
    if any(_IMPERATIVE.search(sentence) for sentence in _sentences(remark.prose)):
        return 0.9
    return 0.7 if _ASKED.search(remark.prose) else 0.0


def nit(remark: Remark) -> float:
    """1 where it begins by saying so, .6 where it says so later."""
    return 1.0 if _NIT_FIRST.search(remark.prose) else 0.6 if _NIT.search(remark.prose) else 0.0


def praise(remark: Remark) -> float:
    """1 for praise in up to 8 words that asks for nothing, .4 for praise among other things."""
    if not _PRAISE.search(remark.prose):
        return 0.0
    return 1.0 if remark.n_words <= 8 and not requests_a_change(remark) and not asks_a_question(remark) else 0.4


def acknowledges(remark: Remark) -> float:
    """How surely it answers rather than remarks: it begins as answers do, is short, a reply, by the author of the pull request.

    Half as surely where it goes on in the imperative ("Yes, remove it").
    """
    begins = _ACKNOWLEDGED.search(remark.prose) is not None
    if not begins or remark.n_suggestions:
        return 0.0
    short = 0.3 if remark.n_words <= 6 else 0.1 if remark.n_words <= 15 else 0.0
    score = min(1.0, 0.3 + short + 0.2 * remark.is_reply + 0.3 * remark.by_pull_author)
    return score / 2 if any(_IMPERATIVE.search(sentence) for sentence in re.split(r"[,.!]\s", remark.prose)) else score


def refers_outside(remark: Remark) -> float:
    """1 where little is said besides a reference, .6 for one to a discussion, a commit or a ticket, .3 for a link in other words."""
    refers = _OUTSIDE.search(remark.prose) is not None
    if not refers and not remark.n_urls:
        return 0.0
    rest = len(_WORD.findall(_OUTSIDE.sub(" ", remark.prose)))
    if rest <= 4 and not remark.n_blocks:
        return 1.0
    return 0.6 if refers else 0.3


def too_short(remark: Remark) -> float:
    """1 without a word, .75 with one, .5 with two, .25 with three."""
    return max(0.0, 1 - remark.n_words / 4)


def suggestion(remark: Remark) -> float:
    """1 with a suggestion block."""
    return float(remark.n_suggestions > 0)


def has_code(remark: Remark) -> float:
    """1 with a block of code or a suggestion, .7 with code in a line."""
    return 1.0 if remark.n_blocks or remark.n_suggestions else 0.7 if remark.n_spans else 0.0


_JUDGES: dict[Rule, Callable[[Remark], float]] = {
    "acknowledges": acknowledges,
    "asks_a_question": asks_a_question,
    "has_code": has_code,
    "nit": nit,
    "praise": praise,
    "refers_outside": refers_outside,
    "requests_a_change": requests_a_change,
    "suggestion": suggestion,
    "too_short": too_short,
}


def scores(remark: Remark) -> dict[Rule, float]:
    """Return the score of `remark` by each rule."""
    return {rule: judge(remark) for rule, judge in _JUDGES.items()}


def _sentences(prose: str) -> list[str]:
    return [sentence for sentence in _SENTENCE_END.split(prose) if sentence and sentence.strip()]
