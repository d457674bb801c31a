import json
import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import ledger
from assets.corpus.benchmarks.reading import SCHEMA
from assets.corpus.decontamination.index import index_benchmarks
from assets.corpus.decontamination.matching import decontaminate
from assets.corpus.decontamination.settings import DecontaminationSettings
from tests.assets.corpus.decontamination import planting
from tests.assets.corpus.decontamination.planting import chat, frame

DEFAULTS = DecontaminationSettings()
SOLUTION = """    widths = [measure(pane) for pane in panes]
    budget = available - gutter * (len(panes) - 1)
    while sum(widths) > budget:
        widest = max(range(len(widths)), key=widths.__getitem__)
        widths[widest] -= 1
    return widths
"""
PROMPT = '''def shrink_panes(panes, available, gutter):
    """Shrink the widest of several window panes, one cell at a time, until all of them fit beside each other on the screen."""
'''


def problem(prompt: str = PROMPT, solution: str | None = SOLUTION, task_id: str = "7", **more: object) -> dict[str, object]:
    row = dict.fromkeys(SCHEMA, None) | {"parent_ids": [], "texts": [], "benchmark": "panes", "language": "Python"}
    return row | {"id": f"id-{task_id}", "task_id": task_id, "prompt": prompt, "solution": solution} | more


def found(text: str, *problems: dict[str, object], role: str = "user", chosen: DecontaminationSettings = DEFAULTS) -> list[tuple[str, str]]:
    index, _ = index_benchmarks(pl.DataFrame(problems or [problem()], schema=SCHEMA), chosen)
    _, noted = decontaminate(frame([("row", chat((role, text)))]), chosen, index)
    return noted.select("rule", "detail").rows()


EXACT, NGRAM, NEAR = (f"contaminated_{kind}" for kind in ("exact", "ngram", "near"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (PROMPT + SOLUTION, EXACT),
        (PROMPT, EXACT),
        (SOLUTION.replace("    ", "\t").replace("\n", "\r\n"), EXACT),
        ("Before\n" + SOLUTION.replace("\n", "  # as said\n") + "after", EXACT),
        (SOLUTION.split("\n", 2)[2], NGRAM),
        (json.dumps({"code": SOLUTION}), EXACT),
        (SOLUTION.replace("while", "while\u200b").replace("(", "\uff08"), EXACT),
        ("import os\nimport re\n" + PROMPT + SOLUTION, EXACT),
        ("def other(x):\n    return x + 1\n", None),
        ("I want to shrink the widest of several window panes.", None),
    ],
)
def test_rules(text: str, rule: str | None) -> None:
    assert found(text) == ([(rule, "panes/7")] if rule else [])


def test_lines_in_another_order_are_near() -> None:
    lines = [f"step_{n} = prepare(part_{n}, stage_{n}, using=tool_{n}, after=step_{n - 1})" for n in range(1, 9)]
    mixed = "\n".join(lines[n] for n in (3, 0, 2, 1, 5, 4, 7, 6))
    assert found(mixed, problem("Prepare the parts.", "\n".join(lines), language=None)) == [(NEAR, "panes/7")]
    assert not found("\n".join(lines[:1] * 8), problem("Prepare the parts.", "\n".join(lines), language=None))


def test_a_short_solution_counts_as_a_whole_block_only() -> None:
    short = problem("Say how it stands with this.", "    return n ** 2\n", language=None)
    assert found("Sure:\n```python\nreturn n**2\n```\nDone.", short) == [(EXACT, "panes/7")]
    assert found("return n**2", short) == [(EXACT, "panes/7")]
    assert not found("def f(n):\n    return n ** 2", short)
    assert not found("return n + 2", short)


def test_a_short_function_is_found_inside_of_others() -> None:
    short = problem("def half_turn(angle: float) -> float:\n    '''Add a half.'''\n", "    return angle + 180\n")
    assert found("class Compass:\n    def half_turn(angle):\n        return angle + 180\n", short) == [(EXACT, "panes/7")]
    assert not found("class Compass:\n    def half_turn(angle):\n        return angle + 90\n", short)


def test_boilerplate_is_not_a_problem() -> None:
    header = "Licensed under the terms of the Gutter Licence, which you may read in the file that comes with it. "
    many = [problem(header + f"Paint window {n} in colour {n}, twice over.", None, str(n), language=None) for n in range(11)]
    assert not found(header + "Then something else.", *many)
    assert len(found(header + "Then something else.", *many[:4])) == 4
    assert not found(
        "for i in range(len(s)):\n    for j in range(i + 1, len(s)):\n        if s[i] == s[j]:\n            return i, j", *many
    )


def test_what_the_system_says_does_not_count_and_calls_do() -> None:
    assert not found(PROMPT + SOLUTION, role="system")
    calls = json.dumps([{"id": "call_1", "name": "save", "arguments": {"text": PROMPT + SOLUTION}}])
    index, _ = index_benchmarks(pl.DataFrame([problem()], schema=SCHEMA), DEFAULTS)
    rows = frame([("row", chat(("user", "Save it."), ("assistant", ""), calls=calls))])
    kept, noted = decontaminate(rows, DEFAULTS, index)
    assert kept.is_empty() and noted.rows() == [("row", EXACT, "dropped", 1.0, 1.0, "panes/7")]


def test_both_ids_are_in_the_ledger_and_the_rest_passes_unchanged() -> None:
    two = [problem(), problem("Explain how tall a ladder must be that leans on the barn of our neighbour.", None, "8", language=None)]
    index, noted = index_benchmarks(pl.DataFrame(two, schema=SCHEMA), DEFAULTS)
    assert noted.is_empty()
    texts = ["nothing", two[1]["prompt"] + SOLUTION, "", "a\x1eb", SOLUTION[:-30]]
    rows = frame([(f"r{n}", chat(("user", str(text)))) for n, text in enumerate(texts)]).with_columns(extra=pl.int_range(pl.len()))
    kept, entries = decontaminate(rows, DEFAULTS, index)
    assert kept.equals(rows.filter(pl.col("id").is_in(["r0", "r2", "r3"])))
    assert entries.schema == pl.Schema(ledger.SCHEMA)
    assert entries.select("row_id", "rule", "detail").rows() == [
        ("r1", EXACT, "panes/7"),
        ("r1", EXACT, "panes/8"),
        ("r4", NGRAM, "panes/7"),
    ]
    assert entries["score"].to_list()[2] > 5 and entries["threshold"].to_list() == [1.0, 1.0, 1.0]


def test_empty_frames_and_texts_without_words() -> None:
    index, noted = index_benchmarks(pl.DataFrame([problem("?!", None)], schema=SCHEMA), DEFAULTS)
    assert noted["rule"].to_list() == ["no_words"] and index.is_empty()
    rows = frame([("r", [])])
    assert decontaminate(rows, DEFAULTS, index)[0].equals(rows)
    index, _ = index_benchmarks(pl.DataFrame([problem()], schema=SCHEMA), DEFAULTS)
    assert decontaminate(rows.clear(), DEFAULTS, index)[0].schema == rows.schema


def test_no_row_depends_on_another(index: pl.DataFrame, human_eval: pl.DataFrame) -> None:
    problems = human_eval.head(12).rows(named=True)
    chats = [(f"{n}", messages) for n, (_, _, messages) in enumerate(planting.planted(problems))]
    random.Random(0).shuffle(chats)
    _, together = decontaminate(frame(chats), DEFAULTS, index)
    _, once_more = decontaminate(frame(chats[::-1]), DEFAULTS, index)
    parts = [decontaminate(frame(chats[at : at + 50]), DEFAULTS, index)[1] for at in range(0, len(chats), 50)]
    assert together.equals(pl.concat(parts))
    assert together.sort(pl.all()).equals(once_more.sort(pl.all()))


@settings(deadline=None, max_examples=60)
@given(
    st.text(alphabet=st.characters(), max_size=60),
    st.sampled_from([" ", "\n", "\r\n", "\t", "\\n", "\u00a0", "`", "\u201c", "# ", "+ ", "1: "]),
)
def test_any_text_around_it_hides_nothing(around: str, mark: str) -> None:
    # A mark of a comment swallows the line that it stands on, in one of the readings at most.
    text = f"{around}\n{PROMPT}{SOLUTION}\n{mark}{around}"
    text = text.encode("utf-8", "replace").decode()
    assert [rule for rule, _ in found(text)] == [EXACT]


@settings(deadline=None, max_examples=60)
@given(st.text(alphabet=st.sampled_from("`~/*#\\n\x1e\u200b\u00ad() \n0a_é漢\U0001f600"), max_size=80))
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["from a " * 400_000, "from a import (b\n" * 50_000, "/* " * 300_000, "(" * 500_000 + SOLUTION[:60]])
def test_texts_without_end_are_read_to_their_end(text: str) -> None:
    assert found(text) == []
