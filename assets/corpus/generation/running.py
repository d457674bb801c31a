"""Generate pairs: questions about all groups, answers to all questions, and what the gates leave of them; turn by turn."""

from collections import defaultdict
from collections.abc import Sequence

import polars as pl

from assets.corpus.generation import gates, prompts, replies
from assets.corpus.generation.completions import Complete, Completion
from assets.corpus.generation.drafts import Dropped, Pair, Question, Verdict, chunks_dropped, ledger_rows, rows
from assets.corpus.generation.grouping import Group, groups
from assets.corpus.generation.lines import span
from assets.corpus.generation.settings import GenerationSettings

_GROUPS_AT_A_TIME = 1_024  # enough to keep an endpoint busy; the requests about more would not fit into memory
_JUDGED = {"supported": "judged_unsupported", "answers_question": "judged_off_question"}


def generate(
    chunks: pl.DataFrame, settings: GenerationSettings, complete: Complete, last_id: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return rows of qa_pairs that a language model wrote about `chunks` (rows of cleaned_chunks), and a ledger of what came to nothing.

    `last_id` (`grouping.last_id` of what is `askable`) limits what is asked about to a sample. The model is asked for the questions
    about a thousand groups in one call of `complete`, for all their answers in the next, then for judgements; and so again for each
    further turn. Rows come by repository, path and place in it, and depend on nothing but their file or document and the completions.

    Ledger rules: of chunks `kind_not_asked`, `not_sampled`, `too_little_text`, `no_questions`, and `generation_failed` where the
    request for questions failed; of pairs (by the id that the pair would have had) `generation_failed` with the completion's reason,
    `not_answerable`, `span_missing`, `repeated_question`, `judged_unsupported`, `judged_off_question`, and those of
    `gates.question_verdict` and `gates.answer_verdict`.
    """
    chosen, dropped = _chosen(groups(chunks, settings.max_group_tokens), settings, last_id)
    pairs: list[Pair] = []
    for start in range(0, len(chosen), _GROUPS_AT_A_TIME):
        pairs += _about(chosen[start : start + _GROUPS_AT_A_TIME], settings, complete, dropped)
    return rows(pairs), ledger_rows(dropped)


def askable(chunks: pl.DataFrame, settings: GenerationSettings) -> list[str]:
    """Return the id of each group that can be asked about: that of its first chunk. `chunks` has `grouping.COLUMNS`."""
    found = groups(chunks.with_columns(text=pl.lit("")), settings.max_group_tokens)
    return [group.chunks[0].id for group in found if _not_asked(group, settings, None) is None]


def _about(chosen: Sequence[Group], settings: GenerationSettings, complete: Complete, dropped: list[Dropped]) -> list[Pair]:
    """Return the pairs about groups, dialogue by dialogue; what came to nothing is added to `dropped`."""
    questions = _ask(chosen, settings, complete, dropped)
    kept: dict[str, list[Pair]] = {}  # dialogues by the id of their first pair
    for turn in range(settings.max_turns):
        pairs = _answer(questions, settings, complete, dropped)
        pairs = _without_repeated(pairs, [pair for dialogue in kept.values() for pair in dialogue], settings, dropped)
        pairs = _judged(pairs, settings, complete, dropped)
        for pair in pairs:
            kept.setdefault((*pair.question.before, pair)[0].question.id, []).append(pair)
        if turn + 1 < settings.max_turns:
            questions = _ask_on(pairs, settings, complete, dropped)
    return [pair for dialogue in kept.values() for pair in dialogue]


def _chosen(found: Sequence[Group], settings: GenerationSettings, last_id: str | None) -> tuple[list[Group], list[Dropped]]:
    chosen, dropped = [], []
    for group in found:
        verdict = _not_asked(group, settings, last_id)
        if verdict is None:
            chosen.append(group)
        else:
            dropped += chunks_dropped(group, verdict)
    return chosen, dropped


def _not_asked(group: Group, settings: GenerationSettings, last_id: str | None) -> Verdict | None:
    if group.chunks[0].kind not in settings.kinds:
        return Verdict("kind_not_asked")
    if group.n_tokens < settings.min_group_tokens:
        return Verdict("too_little_text", group.n_tokens, settings.min_group_tokens)
    return Verdict("not_sampled") if last_id is not None and group.chunks[0].id > last_id else None


def _ask(chosen: Sequence[Group], settings: GenerationSettings, complete: Complete, dropped: list[Dropped]) -> list[Question]:
    """Return the first questions about all groups that pass their gates."""
    questions = []
    for group, completion in zip(chosen, complete([prompts.ask(group, settings) for group in chosen]), strict=True):
        read = replies.read(completion, replies.Questions)
        if isinstance(read, str):
            dropped += chunks_dropped(group, Verdict("generation_failed", detail=f"questions: {read}"))
            continue
        asked = read.questions[: settings.questions_per_chunk]
        if not asked:
            dropped += chunks_dropped(group, Verdict("no_questions"))
        questions += [Question(group, reply.kind, replies.question_text(reply.question), place) for place, reply in enumerate(asked)]
    return _passing(questions, settings, dropped)


def _ask_on(pairs: Sequence[Pair], settings: GenerationSettings, complete: Complete, dropped: list[Dropped]) -> list[Question]:
    """Return the question that follows each of `pairs`, where there is one that passes its gates."""
    requests = [prompts.ask_on(pair.question.group, _dialogue((*pair.question.before, pair)), settings) for pair in pairs]
    questions = []
    for pair, completion in zip(pairs, complete(requests), strict=True):
        before = (*pair.question.before, pair)
        read = replies.read(completion, replies.Questions)
        if isinstance(read, str):
            unasked = Question(pair.question.group, "", "", 0, before)
            dropped.append(unasked.dropped(Verdict("generation_failed", detail=f"follow-up question: {read}")))
        else:
            questions += [
                Question(pair.question.group, reply.kind, replies.question_text(reply.question), 0, before) for reply in read.questions[:1]
            ]
    return _passing(questions, settings, dropped)


def _passing(questions: Sequence[Question], settings: GenerationSettings, dropped: list[Dropped]) -> list[Question]:
    """Return the questions that pass their gates; one that is asked word for word a second time is not worth a call."""
    kept: dict[tuple[str, str], Question] = {}
    for question in questions:
        name = (question.before[-1].question.id if question.before else question.group.chunks[0].id, question.text.lower())
        verdict = _question_verdict(question, settings)
        if verdict is None and name in kept:
            verdict = Verdict("repeated_question", 1.0, settings.gates.max_question_similarity)
        if verdict is None:
            kept[name] = question
        else:
            dropped.append(question.dropped(verdict))
    return list(kept.values())


def _question_verdict(question: Question, settings: GenerationSettings) -> Verdict | None:
    if question.kind not in settings.question_kinds:
        return Verdict("generation_failed", detail="questions: invalid_reply")
    return gates.question_verdict(question, settings)


def _dialogue(pairs: Sequence[Pair]) -> list[tuple[str, str]]:
    return [(pair.question.text, pair.answer) for pair in pairs]


def _answer(questions: Sequence[Question], settings: GenerationSettings, complete: Complete, dropped: list[Dropped]) -> list[Pair]:
    """Return the pairs that pass the gates, with their quality."""
    requests = [prompts.answer(question.group, _dialogue(question.before), question.text, settings) for question in questions]
    pairs = []
    for question, completion in zip(questions, complete(requests), strict=True):
        pair = _pair(question, completion)
        verdict = pair if isinstance(pair, Verdict) else gates.answer_verdict(pair, settings)
        if isinstance(pair, Pair) and verdict is None:
            pairs.append(gates.scored(pair, settings.gates))
        elif verdict is not None:
            dropped.append(question.dropped(verdict))
    return pairs


def _pair(question: Question, completion: Completion) -> Pair | Verdict:
    read = replies.read(completion, replies.Answer)
    if isinstance(read, str):
        return Verdict("generation_failed", detail=f"answer: {read}")
    if not read.answerable:
        return Verdict("not_answerable")
    text = replies.answer_text(read.answer)
    found = span([chunk.text for chunk in question.group.chunks], read.first_line, read.last_line)
    if isinstance(found, str):
        return Verdict("span_missing", detail=found)
    return Pair(question, text, found, (read.first_line, read.last_line), completion.model)


def _without_repeated(pairs: Sequence[Pair], kept: Sequence[Pair], settings: GenerationSettings, dropped: list[Dropped]) -> list[Pair]:
    """Return `pairs` without those whose question nearly repeats that of a better pair about the same group."""
    threshold = settings.gates.max_question_similarity
    earlier, now = _by_group(kept), _by_group(pairs)
    remaining = []
    for name, of_group in now.items():
        for pair, score in zip(of_group, gates.repeated(of_group, earlier.get(name, []), threshold), strict=True):
            if score is None:
                remaining.append(pair)
            else:
                dropped.append(pair.question.dropped(Verdict("repeated_question", score, threshold)))
    return remaining


def _by_group(pairs: Sequence[Pair]) -> dict[str, list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        found[pair.question.group.chunks[0].id].append(pair)
    return found


def _judged(pairs: Sequence[Pair], settings: GenerationSettings, complete: Complete, dropped: list[Dropped]) -> list[Pair]:
    """Return the pairs that the judge, where one is asked for, finds supported; what it did not judge is dropped as failed."""
    if not settings.judge:
        return list(pairs)
    requests = [prompts.judge(pair.question.group, pair.question.text, pair.answer, pair.lines, settings) for pair in pairs]
    remaining = []
    for pair, completion in zip(pairs, complete(requests), strict=True):
        verdict = _judgement(completion)
        if verdict is None:
            remaining.append(pair)
        else:
            dropped.append(pair.question.dropped(verdict))
    return remaining


def _judgement(completion: Completion) -> Verdict | None:
    read = replies.read(completion, replies.Judgement)
    if isinstance(read, str):
        return Verdict("generation_failed", detail=f"judge: {read}")
    return next((Verdict(rule, 0, 1) for name, rule in _JUDGED.items() if not getattr(read, name)), None)
