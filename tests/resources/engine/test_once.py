from pathlib import Path
from typing import Any

import pytest

from resources.engine.once import once
from resources.lake import Draft, Lake


def build(lake: Lake, recipe: list[str], calls: list[str], fail: bool = False) -> Draft:
    draft = lake.draft("model")

    def make(work: Path) -> dict[str, Any]:
        calls.append(f"with {len(list(work.iterdir()))} files left")
        (work / "weights").mkdir(exist_ok=True)
        (work / "weights" / "w.bin").write_text("".join(recipe))
        if fail:
            raise RuntimeError("killed")
        lake.put_folder(draft, work / "weights")
        return {"loss": 1.5}

    once(lake, draft, recipe, make, calls.append)
    return draft


def test_the_same_recipe_is_made_once(lake: Lake) -> None:
    calls: list[str] = []
    first, second = build(lake, ["v1"], calls), build(lake, ["v1"], calls)
    assert calls == ["with 0 files left", "model: remembered, nothing to compute"]
    assert lake.commit(first).id == lake.commit(second).id
    assert second.summary == {"loss": 1.5}


def test_another_recipe_is_made_anew(lake: Lake) -> None:
    calls: list[str] = []
    assert lake.commit(build(lake, ["v1"], calls)).id != lake.commit(build(lake, ["v2"], calls)).id
    assert len(calls) == 2


def test_work_that_was_interrupted_finds_what_it_left(lake: Lake) -> None:
    calls: list[str] = []
    with pytest.raises(RuntimeError):
        build(lake, ["v1"], calls, fail=True)
    build(lake, ["v1"], calls)
    assert calls == ["with 0 files left", "with 1 files left"]
    assert lake.storage.names("work") == []


def test_a_file_that_went_bad_is_made_again(lake: Lake) -> None:
    calls: list[str] = []
    draft = build(lake, ["v1"], calls)
    lake.storage.write(draft.parts[0].key, b"bad")
    build(lake, ["v1"], calls)
    assert len(calls) == 2
