from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.model import locations
from assets.pull_requests.diffs import patches
from assets.pull_requests.tasks import claims as task_claims
from assets.pull_requests.tasks.making import ReviewTaskSettings, make_tasks
from tests.reviews import Pull, diff, places, sha

FILES = st.lists(st.sampled_from(["a", "b", "c\r", "", "d e"]), min_size=1, max_size=40)


def made_up(number: int, states: list[list[str]], data: st.DataObject) -> Pull:
    """A pull request with two reviewed commits and comments wherever there can be some."""
    base, one, two = ("".join(f"{line}\n" for line in lines) for lines in states)
    diffs = {"one": diff({"f.py": base}, {"f.py": one}), "two": diff({"f.py": base}, {"f.py": two})}
    pull = Pull(diffs["two"], {"one": (diffs["one"], diff({"f.py": one}, {"f.py": two})), "two": (diffs["two"], "")}, pull_number=number)
    pull.values["head_sha"] = sha("two")
    for at, text in diffs.items():
        for side, line, excerpt in data.draw(st.lists(st.sampled_from(places(text, "f.py")), max_size=3)) if text else []:
            labels = data.draw(st.sampled_from([[], ["praise"], ["nit"]]))
            suggestion = data.draw(st.sampled_from([None, None, "x\n"]))
            pull.comment("f.py", line, excerpt, side=side, at=at, labels=labels, suggestion=suggestion, is_valid=labels != ["praise"])
    return pull


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(FILES, min_size=3, max_size=3), min_size=2, max_size=2), st.integers(2, 12), st.data())
def test_everything_is_accounted_for(states: list[list[list[str]]], max_lines: int, data: st.DataObject) -> None:
    pulls = [made_up(number, three, data) for number, three in enumerate(states, 1)]
    frames = [pull.frames() for pull in pulls]
    bronze, silver = (pl.concat([pair[side] for pair in frames]) for side in (0, 1))
    chosen = ReviewTaskSettings(max_hunk_lines=max_lines, lines_after=1)
    tasks, ledger = make_tasks(bronze, chosen, silver)
    assert tasks["id"].is_unique().all()
    for task in ("comment", "refine"):
        kept = tasks.filter(pl.col("task") == task)["parent_ids"].list.first().to_list()
        dropped = ledger.filter(pl.col("detail").str.starts_with(f"{task} "))["row_id"].to_list()
        assert sorted(kept + dropped) == sorted(silver["id"])
    assert task_claims.not_answerable(tasks)[0].is_empty()
    for row in tasks.iter_rows(named=True):
        _holds(row, states[row["pull_number"] - 1], chosen, set(bronze["id"]))
    for part in (0, 1):  # each pull request by itself, its comments in another order
        alone = make_tasks(frames[part][0], chosen, frames[part][1])
        assert alone[0].equals(tasks.filter(pl.col("pull_number") == part + 1))
    again = make_tasks(bronze.reverse(), chosen, silver)
    assert again[0].sort("id").equals(tasks.sort("id"))


def _holds(row: dict[str, Any], states: list[list[str]], chosen: ReviewTaskSettings, bronze_ids: set[str]) -> None:
    """The hunk is what the files say, and the answer is about lines that are shown."""
    hunk = patches.parse_hunk(row["hunk"])
    new = states[1 if row["original_commit_sha"] == sha("one") else 2]
    assert hunk and 0 < len(hunk.lines) <= chosen.max_hunk_lines
    assert (hunk.old_count, hunk.new_count) == tuple(
        sum(line.number(side) is not None for line in hunk.lines) for side in ("LEFT", "RIGHT")
    )  # type: ignore[arg-type]
    for line in hunk.lines:
        assert line.new is None or new[line.new - 1].removesuffix("\r") == line.text
        assert line.old is None or states[0][line.old - 1].removesuffix("\r") == line.text
    if row["task"] == "needs_comment":
        for place in locations.parse(row["target"]).locations:
            assert hunk.line("LEFT" if place.is_removed else "RIGHT", place.line)
        assert (row["target"] == "no") == (row["parent_ids"][0] in bronze_ids)
    if row["target_from"] == "follow_up":
        head = "\n".join(line.removesuffix("\r") for line in states[2])
        assert f"\n{row['target']}\n" in f"\n{head}\n"
