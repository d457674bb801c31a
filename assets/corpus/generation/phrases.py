"""What gives an answer away that is none, and words about how the text was shown."""

import re

_THE_TEXT = r"(?:context|text|passage|snippet|code|document|section|excerpt|lines?|information|documentation)"
_HOW_SHOWN = r"(?:provided|given|above|shown|cited)"
_REFUSALS = re.compile(
    r"\bas an? (?:ai|artificial intelligence|(?:large )?language model|assistant)\b"
    r"|\b(?:(?-i:I) am|(?-i:I)'m) (?:an ai|a language model|sorry|afraid|unable|not able|not sure)\b"
    r"|\b(?-i:I) (?:cannot|can't|can not|could not|couldn't|won't|will not|do not|don't|am not able to|apologi[sz]e)\b"
    rf"|\b{_THE_TEXT}(?: (?:that (?:is|was) )?{_HOW_SHOWN})? (?:does|do|did|is|are)(?:n't| not) (?:\w+ ){{0,2}}?"
    r"(?:provide|contain|mention|specify|say|state|include|indicate|give|explain|show|define|describe|cover|clear|enough|sufficient|"
    r"provided|given|available)\b"
    r"|\b(?:not|never) (?:explicitly |directly |clearly )?(?:mentioned|specified|stated|provided|described|given|shown|explained|defined) "
    rf"(?:in|by|within) (?:the|this) (?:\w+ )?{_THE_TEXT}\b"
    r"|\bthere is (?:no|not enough|insufficient) (?:information|mention|context|detail)"
    r"|\b(?:cannot|can't|can not|could not) be (?:determined|answered|inferred|concluded|derived)\b"
    r"|\b(?:insufficient|not enough) (?:information|context)\b"
    r"|\b(?:is|are) (?:unknown|unclear) from\b",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"\blines? (?:numbers? )?\d+|\btext-[0-9a-f]{8}|\bpart \d+ of the text"
    rf"|\b(?:in|on|by|from) (?:the|this) {_HOW_SHOWN} (?:context|passage|snippet|excerpt)\b"
    rf"|\b(?:according to|based on|in) (?:the|this) (?:{_HOW_SHOWN} )(?:text|code|lines?)\b"
    rf"|\b(?:according to|based on) (?:the|this) (?:text|context|passage|snippet|excerpt)\b"
    r"|\b(?:text|context|passage|snippet|excerpt|code) (?:above|below)\b",
    re.IGNORECASE,
)


def is_refusal(answer: str, shown: str) -> bool:
    """Tell whether an answer speaks of what its author cannot do, or of what the text does not say, in words that are not the text's."""
    return _own_words(_REFUSALS, answer, shown)


def tells_how_shown(text: str, shown: str) -> bool:
    """Tell whether a question or answer speaks of line numbers, marks or "the text above", in words that are not the text's."""
    return _own_words(_SHOWN, text, shown)


def _own_words(pattern: re.Pattern[str], text: str, shown: str) -> bool:
    plain = " ".join(text.replace("\u2019", "'").split())
    there = " ".join(shown.replace("\u2019", "'").lower().split())
    return any(match[0].lower() not in there for match in pattern.finditer(plain))
