"""The base model's tokenizer as a side input of stages: it counts by its content, wherever the model's folder is."""

import polars as pl

from resources.lake import Lake, Shard, Snapshot


def side_input(lake: Lake, base_model: Snapshot) -> Shard:
    """Return a shard with the one row `tokenizer_json`."""
    (part,) = (shard for shard in base_model.shards if shard.label == "tokenizer.json")
    base_model.verify([part])
    return lake.put(pl.DataFrame({"tokenizer_json": [lake.storage.read(part.key).decode()]}), "tokenizer")
