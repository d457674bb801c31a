from pathlib import Path

import polars as pl

from assets.corpus.splits.straddling import FOUND, straddling


def written(folder: Path, splits: list[tuple[str, str, str]], examples: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Write (id, id of the example, split) and the examples' keys in two files each."""
    rows = pl.DataFrame([(row, [parent], split) for row, parent, split in splits], schema=["id", "parent_ids", "split"], orient="row")
    keys = pl.DataFrame({"id": list(examples), "group_keys": list(examples.values())})
    paths: tuple[list[str], list[str]] = ([], [])
    for names, frame in zip(paths, (rows, keys), strict=True):
        for number, part in enumerate((frame[:2], frame[2:])):
            names.append(str(folder / f"{len(frame.columns)}-{number}.parquet"))
            part.write_parquet(names[-1])
    return paths


EXAMPLES = {"a": ["repository:r", "pull_request:r#1"], "b": ["pull_request:r#1"], "c": ["repository:s"], "d": ["repository:s"]}


def test_whole_groups_are_none(tmp_path: Path) -> None:
    found = straddling(*written(tmp_path, [("A", "a", "test"), ("B", "b", "test"), ("C", "c", "train"), ("D", "d", "train")], EXAMPLES))
    assert found.schema == FOUND and found.is_empty()


def test_a_key_in_two_splits_is_found_with_two_of_its_rows(tmp_path: Path) -> None:
    rows = [("A", "a", "test"), ("B", "b", "train"), ("C", "c", "train"), ("D", "d", "train")]
    assert straddling(*written(tmp_path, rows, EXAMPLES)).rows() == [("pull_request:r#1", "test, train", ["A", "B"])]


def test_a_row_whose_example_is_not_there_proves_nothing(tmp_path: Path) -> None:
    assert straddling(*written(tmp_path, [("A", "a", "test"), ("X", "x", "test")], EXAMPLES)).rows() == [("row:X", "test", ["X"])]
