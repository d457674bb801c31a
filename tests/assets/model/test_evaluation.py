import json
from pathlib import Path

import polars as pl
import pytest

from assets.model import calls, evaluation, metrics
from assets.model.evaluation import ANSWERS, EvaluationSettings, baseline_rows, report_rows, select_examples, summary
from assets.model.schema import BaselineEval, EvalReport

SETTINGS = EvaluationSettings(max_examples=5, resamples=500)


def answers(n: int, score: float) -> pl.DataFrame:
    rows = [
        {"example_id": f"{i:032x}", "group_id": "g", "source": "code_qa", "question": f"q{i}", "reference": "r", "answer": f"a{score}"}
        | dict.fromkeys(metrics.COLUMNS, score + i / 1000)
        for i in range(n)
    ]
    return pl.DataFrame(rows, schema=ANSWERS)


def test_examples_are_a_fixed_sample_of_test(splits_file: Path, tmp_path: Path) -> None:
    chosen = select_examples([splits_file], SETTINGS)
    shuffled = tmp_path / "part-0.parquet"
    pl.read_parquet(splits_file).sample(fraction=1, shuffle=True, seed=1).write_parquet(shuffled)
    assert chosen.equals(select_examples([shuffled], SETTINGS))
    test_ids = pl.read_parquet(splits_file).filter(pl.col("split") == "test")["id"].sort()
    assert chosen["example_id"].to_list() == test_ids[:5].to_list()
    assert chosen["conversation"].list.last().struct.field("role").unique().to_list() == ["user"]


def test_question_is_all_before_the_last_answer(tmp_path: Path) -> None:
    turns = [("system", "s"), ("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d"), ("user", "thanks")]
    chats = [turns, [("assistant", "x")], [("user", "x")], [("user", "x"), ("assistant", " ")], []]
    rows = [
        {"id": f"{i:032x}", "split": "test", "group_id": "g", "source": "s", "tools": "[]"}
        | {"messages": [{"role": r, "content": c, "tool_calls": None} for r, c in chat]}
        for i, chat in enumerate(chats)
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "part-0.parquet")
    [example] = select_examples([tmp_path / "part-0.parquet"], SETTINGS).rows(named=True)
    assert (example["question"], example["reference"]) == ("system: s\n\nuser: a\n\nassistant: b\n\nuser: c", "d")
    assert len(example["conversation"]) == 4


def test_rows_keep_their_contracts_and_parents() -> None:
    baseline = baseline_rows(answers(4, 0.1))
    report = report_rows(baseline, answers(4, 0.3).reverse())
    BaselineEval.validate(baseline, lazy=True)
    EvalReport.validate(report, lazy=True)
    assert baseline.columns == list(BaselineEval.to_schema().columns)
    assert report.columns == list(EvalReport.to_schema().columns)
    assert baseline["parent_ids"].list.first().to_list() == answers(4, 0.1)["example_id"].to_list()
    assert report["parent_ids"].list.first().to_list() == baseline["id"].to_list()
    assert (report["tuned_combined"] - report["base_combined"]).round(6).to_list() == [0.2] * 4


def test_other_questions_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="not about the same test examples"):
        report_rows(baseline_rows(answers(4, 0.1)), answers(5, 0.3))


def test_summary_says_whether_tuned_is_better() -> None:
    better = summary(report_rows(baseline_rows(answers(9, 0.1)), answers(9, 0.3)), SETTINGS)
    assert better["tuned_is_better"] and better["n"] == 9
    assert better["combined"]["difference"] == pytest.approx(0.2)
    assert better["combined"]["low"] <= better["combined"]["difference"] <= better["combined"]["high"]
    same = summary(report_rows(baseline_rows(answers(9, 0.1)), answers(9, 0.1)), SETTINGS)
    assert not same["tuned_is_better"]


def test_no_test_example_is_an_error(splits_file: Path, tmp_path: Path) -> None:
    pl.read_parquet(splits_file).filter(pl.col("split") != "test").write_parquet(tmp_path / "part-0.parquet")
    with pytest.raises(ValueError, match="no test example"):
        evaluation.select_examples([tmp_path / "part-0.parquet"], SETTINGS)


def splits_of(folder: Path, counts: dict[str, int]) -> Path:
    rows = [
        {"id": f"{place}{index:02x}".ljust(32, "0"), "split": "test", "group_id": "g", "source": source, "tools": "[]"}
        | {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
        for place, (source, count) in enumerate(counts.items())
        for index in range(count)
    ]
    pl.DataFrame(rows).write_parquet(folder / "part-0.parquet")
    return folder / "part-0.parquet"


def test_sources_take_turns(tmp_path: Path) -> None:
    file = splits_of(tmp_path, {"code_qa": 40, "review_comment": 3, "review_refine": 1})
    chosen = select_examples([file], EvaluationSettings(max_examples=10))
    assert dict(chosen["source"].value_counts().rows()) == {"code_qa": 6, "review_comment": 3, "review_refine": 1}
    assert chosen["example_id"].is_sorted()
    of_code = pl.read_parquet(file).filter(pl.col("source") == "code_qa")["id"].sort()
    assert chosen.filter(pl.col("source") == "code_qa")["example_id"].to_list() == of_code[:6].to_list()
    assert select_examples([file], EvaluationSettings(max_examples=100)).height == 44


def test_summary_has_locations_when_they_were_asked_for() -> None:
    base, tuned = (
        answers(4, score).with_columns(source=pl.lit("review_needs_comment"), reference=pl.lit("yes: 7")) for score in (0.1, 0.3)
    )
    report = report_rows(baseline_rows(base.with_columns(answer=pl.lit("no"))), tuned.with_columns(answer=pl.lit("yes: 5-8")))
    found = summary(report, SETTINGS)["locations"]
    assert (found["base"]["accuracy"], found["tuned"]["accuracy"], found["accuracy"]["low"]) == (0.0, 1.0, 1.0)
    assert (found["tuned"]["exact"]["recall"], found["tuned"]["within_3_lines"]["recall"]) == (0.0, 1.0)
    assert {source: means["n"] for source, means in summary(report, SETTINGS)["by_source"].items()} == {"review_needs_comment": 4}
    assert summary(report, SETTINGS)["by_source"]["review_needs_comment"]["tuned_bertscore"] == pytest.approx(0.3015)
    assert "locations" not in summary(report.with_columns(source=pl.lit("code_qa")), SETTINGS)


def test_chat_with_calls_is_asked_for_the_last_of_them(tmp_path: Path) -> None:
    call = [{"id": "call_1", "name": "weigh", "arguments": {"what": "lead"}}]
    chat = [
        {"role": "user", "content": "How heavy?", "tool_calls": None},
        {"role": "assistant", "content": None, "tool_calls": json.dumps(call)},
        {"role": "tool", "content": "9 kg", "tool_calls": None},
        {"role": "assistant", "content": "9 kg.", "tool_calls": None},
    ]
    tools = json.dumps([{"type": "function", "function": {"name": "weigh"}}])
    row = {"id": "0" * 32, "split": "test", "group_id": "g", "source": "tool_conversation", "messages": chat, "tools": tools}
    pl.DataFrame([row]).write_parquet(tmp_path / "part-0.parquet")
    [example] = select_examples([tmp_path / "part-0.parquet"], SETTINGS).rows(named=True)
    assert example["reference"] == '<tool_call>\n{"name": "weigh", "arguments": {"what": "lead"}}\n</tool_call>'
    assert example["question"] == f"tools: {tools}\n\nuser: How heavy?" and example["tools"] == tools
    assert calls.parse(example["reference"]) == [calls.Call("weigh", '{"what": "lead"}')]


def test_summary_has_tool_calls_when_tools_were_there() -> None:
    wanted = '<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>'
    base, tuned = (answers(4, score).with_columns(source=pl.lit("tool_conversation"), reference=pl.lit(wanted)) for score in (0.1, 0.3))
    report = report_rows(baseline_rows(base.with_columns(answer=pl.lit("f(1)"))), tuned.with_columns(answer=pl.lit(wanted)))
    found = summary(report, SETTINGS)["tool_calls"]
    assert (found["base"]["equal"], found["tuned"]["equal"], found["equal"]["low"]) == (0.0, 1.0, 1.0)
    assert found["tuned"]["calls"]["f1"] == 1.0
    assert "tool_calls" not in summary(report.with_columns(source=pl.lit("code_qa")), SETTINGS)
