"""The gates: each a named rule with a score, in the order in which they are asked; the first one that fails names the reason.

They hold whatever the model says of its own work, and whatever the text told the model.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from assets.corpus.generation import code_blocks, grounding, language, phrases, words
from assets.corpus.generation.drafts import Pair, Question, Verdict
from assets.corpus.generation.settings import GateSettings, GenerationSettings

_QUESTION_MARKS = ("?", "\uff1f", "\u061f", "\u037e")
_CLOSING = "\"'`*_)]\u2019\u201d\u300d"
_LONGEST_WORD = 64  # characters: longer ones count as several, or a text without blanks would be one word
_WEIGHTS = {"grounding": 6, "specificity": 3, "length": 1}


def question_verdict(question: Question, settings: GenerationSettings) -> Verdict | None:
    """Return why a question is dropped, None when it passes.

    Rules: `question_too_long`, `question_too_short`, `not_a_question`, `refusal`, `tells_how_shown`, `wrong_language`, `names_nothing`.
    A question that goes on from another need not name what the first one named.
    """
    text, shown, limits = question.text, question.group.shown, settings.gates
    if verdict := _length(text, "question", limits.min_question_words, limits.max_question_words):
        return verdict
    if not text.rstrip(_CLOSING).endswith(_QUESTION_MARKS):
        return Verdict("not_a_question")
    if verdict := _phrases(text, shown) or _language(text, shown, settings):
        return verdict
    named = len(grounding.named_terms(text, shown))
    if named < limits.min_named_terms and not question.before:
        return Verdict("names_nothing", named, limits.min_named_terms)
    return None


def answer_verdict(pair: Pair, settings: GenerationSettings) -> Verdict | None:
    """Return why an answer is dropped, None when it passes.

    Rules: `answer_too_long`, `answer_too_short`, `refusal`, `tells_how_shown`, `wrong_language`, `answer_copies_question`,
    `code_does_not_parse`, `unknown_names`, `not_grounded`.
    """
    checks = (_answer_form, _answer_code, _answer_ground)
    return next((verdict for check in checks if (verdict := check(pair, settings)) is not None), None)


def _answer_form(pair: Pair, settings: GenerationSettings) -> Verdict | None:
    text, shown, limits = pair.answer, pair.question.group.shown, settings.gates
    if verdict := _length(text, "answer", limits.min_answer_words, limits.max_answer_words):
        return verdict
    if verdict := _phrases(text, shown) or _language(text, shown, settings):
        return verdict
    copied = grounding.copied_share(pair.question.text, text)
    return Verdict("answer_copies_question", copied, limits.max_copied_share) if copied >= limits.max_copied_share else None


def _answer_code(pair: Pair, settings: GenerationSettings) -> Verdict | None:
    chunk = pair.question.group.chunks[pair.span.chunk]
    broken = code_blocks.broken(pair.answer, chunk.language if chunk.kind == "code" else None)
    return Verdict("code_does_not_parse", len(broken), 0, ", ".join(sorted(set(broken)))) if broken else None


def _answer_ground(pair: Pair, settings: GenerationSettings) -> Verdict | None:
    group, limits = pair.question.group, settings.gates
    asked = "\n".join([pair.question.text, *(earlier.question.text for earlier in pair.question.before)])
    known = grounding.known_names(asked, pair.answer, group.shown)
    if known < limits.min_known_names:
        return Verdict("unknown_names", known, limits.min_known_names)
    least = limits.min_overlap(group.chunks[0].kind)
    found = overlap(pair)
    return Verdict("not_grounded", found, least) if found < least else None


def overlap(pair: Pair) -> float:
    """Return the grounding of an answer (see `grounding.overlap`) in the span it cites."""
    texts = "\n".join(chunk.text for chunk in pair.question.group.chunks)
    return grounding.overlap(pair.question.text, pair.answer, pair.cited, texts)


def scored(pair: Pair, limits: GateSettings) -> Pair:
    """Return the pair with its quality: (6 * grounding + 3 * specificity + 1 * length) / 10, each from 0 to 1.

    Grounding is of the answer in its span, specificity the share of the question's content words that the text knows. Length is 1 up
    to `fit_answer_words` and falls evenly to 0 at `max_answer_words`.
    """
    parts = {
        "grounding": overlap(pair),
        "specificity": grounding.specificity(pair.question.text, pair.question.group.shown),
        "length": _length_fit(words.count(pair.answer), limits),
    }
    total = sum(weight * parts[name] for name, weight in _WEIGHTS.items())
    return replace(pair, quality=total / sum(_WEIGHTS.values()))


def _length_fit(n_words: int, limits: GateSettings) -> float:
    over = n_words - limits.fit_answer_words
    return 1.0 if over <= 0 else max(0.0, 1 - over / (limits.max_answer_words - limits.fit_answer_words))


def repeated(pairs: Sequence[Pair], kept: Iterable[Pair], threshold: float) -> list[float | None]:
    """Return for each of `pairs`, all about one group, its likeness to a better question from `threshold` on; None where there is none.

    Better are those `kept` from earlier turns, then those with a higher quality, then those asked first. What repeats a question that is
    a repetition itself is judged by the ones that stay.
    """
    seen = [_likeness_terms(pair.question.text) for pair in kept]
    found: list[float | None] = [None] * len(pairs)
    for place in sorted(range(len(pairs)), key=lambda place: (-pairs[place].quality, place)):
        asked = _likeness_terms(pairs[place].question.text)
        closest = max((grounding.similarity(asked, other) for other in seen), default=0.0)
        if closest >= threshold:
            found[place] = closest
        else:
            seen.append(asked)
    return found


_ASKING = frozenset(words.words("what why how when where which who not no without before after"))


def _likeness_terms(question: str) -> frozenset[str]:
    return frozenset([*words.terms(question), *(word for word in words.words(question) if word in _ASKING)])


def _length(text: str, what: str, least: int, most: int) -> Verdict | None:
    n_words = max(words.count(text), len(text) // _LONGEST_WORD)
    if n_words > most:
        return Verdict(f"{what}_too_long", n_words, most)
    return Verdict(f"{what}_too_short", n_words, least) if n_words < least else None


def _phrases(text: str, shown: str) -> Verdict | None:
    rules: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
        ("refusal", phrases.is_refusal),
        ("tells_how_shown", phrases.tells_how_shown),
    )
    return next((Verdict(rule) for rule, holds in rules if holds(text, shown)), None)


def _language(text: str, shown: str, settings: GenerationSettings) -> Verdict | None:
    share = language.script_share(text, settings.language, words.known(shown))
    if share < settings.gates.min_script_share:
        return Verdict("wrong_language", share, settings.gates.min_script_share, "script")
    share = language.function_word_share(text, settings.language)
    return Verdict("wrong_language", share, 0.5, "function words") if share < 0.5 else None
