import polars as pl

from jobs import prune_lake
from resources.lake import Lake


def test_the_job_keeps_as_many_snapshots_as_it_is_told(lake: Lake) -> None:
    for number in range(4):
        draft = lake.draft("words")
        draft.parts = [lake.put(pl.DataFrame({"id": [str(number)]}), "s")]
        lake.publish(lake.commit(draft), draft.base)
    config = {"ops": {"prune": {"config": {"keep": 2}}}}
    assert prune_lake.execute_in_process(run_config=config, resources={"lake": lake}).success
    assert len(lake.storage.names("lake/words/snapshots")) == 2
    assert lake.open("words").collect()["id"].to_list() == ["3"]
