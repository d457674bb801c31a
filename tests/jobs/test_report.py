from pathlib import Path

import polars as pl

from jobs import report
from resources.lake import Lake, Verdict


def test_the_table_says_rows_bytes_seconds_and_checks(tmp_path: Path) -> None:
    lake = Lake.at(tmp_path)
    draft = lake.draft("raw_code")
    draft.parts = [lake.put(pl.DataFrame({"id": ["a", "b"]}), "s")]
    draft.verdicts = [Verdict(check="ids_are_unique", passed=True), Verdict(check="is_fine", passed=False, blocking=False)]
    snapshot = lake.commit(draft)
    lake.publish(snapshot, None)
    lines = report.build(tmp_path, {"raw_code": 1.25, "warehouse_models": 2.0}).splitlines()
    (line,) = [line for line in lines if line.startswith("raw_code")]
    assert line.split()[:3] == ["raw_code", snapshot.id, "2"]
    assert "1.2" in line and line.endswith("1 of 2, not is_fine")
    assert any(line.startswith("warehouse") and line.endswith("2.0") for line in lines)
    assert "make dev" in "\n".join(lines)
