"""What must stay in one split, and the split that each such group is in: by a place on a line from 0 to 1 that nothing else moves.

Rows that share a group key are one group: groups are the connected components of the graph of keys. A group is called by its smallest
key. Its **anchor** is the key whose hash is the smallest (as in MinHash), its **place** a seeded hash of its name. Test, validation
and train follow one another on the line. So:

- data that touches no key of a group never moves its place;
- a key that joins a group of n keys moves it with a chance of 1 in n + 1; of two groups that become one, one stays where it is;
- only while a split has no group at all, or a stratum (source and language of most of a group's rows) of which a split is to have one
  group or more has none there, the group of it that is nearest is moved to that split. It moves back when one comes that belongs there.
"""

from typing import Any, NamedTuple

import numpy as np
import polars as pl
from blake3 import blake3

from assets import machine_code, passport

SPLITS = ("test", "validation", "train")  # in their order on the line
GROUPS = pl.Schema({"group_id": pl.String(), "anchor": pl.String(), "stratum": pl.String()})


class Shares(NamedTuple):
    """The chances of a group to be held out, and the seed of the line."""

    test: float
    validation: float
    seed: int


def group_ids(rows: pl.DataFrame) -> pl.DataFrame:
    """Return id, group_id and anchor of each of `rows` (id, group_keys), in the same order. A row without keys is a group by itself."""
    own_key = pl.concat_list(pl.lit("row:") + pl.col("id"))
    listed = rows.select("id", key=pl.col("group_keys").list.drop_nulls())
    listed = listed.with_columns(key=pl.when(pl.col("key").list.len() > 0).then("key").otherwise(own_key))
    keys = pl.DataFrame({"key": listed["key"].explode().unique().sort()}).with_row_index("number")
    numbers = listed.with_row_index("row").select("row", "key").explode("key").join(keys, on="key", maintain_order="left")
    firsts = numbers.group_by("row", maintain_order=True).agg(first=pl.col("number").first())
    component = _components(keys.height, numbers.join(firsts, on="row").filter(pl.col("number") != pl.col("first")))
    named = keys.with_columns(component=pl.Series(component, dtype=pl.UInt32))
    named = named.join(_anchors(named), on="component").sort("number")
    found = named.select("number", "anchor", group_id=named["key"].gather(named["component"]))
    return pl.concat(
        [rows.select("id"), firsts.join(found, left_on="first", right_on="number", maintain_order="left")], how="horizontal"
    ).select("id", "group_id", "anchor")


def _components(n_keys: int, pairs: pl.DataFrame) -> np.ndarray[Any, Any]:
    """Return for each key the smallest one that `pairs` (first, number) join it with."""
    component = np.arange(n_keys)
    if pairs.height:
        linking = machine_code.load("assets.code.linking")
        linking.unite(component, pairs["first"].to_numpy().astype(np.int64), pairs["number"].to_numpy().astype(np.int64))
    return component


def _anchors(named: pl.DataFrame) -> pl.DataFrame:
    """Return the anchor of each component: the key whose hash is the smallest."""
    alone = named.filter(pl.len().over("component") == 1).select("component", anchor="key")
    joined = named.filter(pl.len().over("component") > 1)
    hashes = pl.Series("hash", [blake3(key.encode()).hexdigest(length=16) for key in joined["key"].to_list()], dtype=pl.String)
    found = joined.with_columns(hashes).sort("hash").unique("component", keep="first", maintain_order=True)
    return pl.concat([alone, found.select("component", anchor="key")])


def groups_of(rows: pl.DataFrame) -> pl.DataFrame:
    """Return GROUPS of `rows` (group_id, anchor, source, language), sorted by group_id; of equally frequent strata the smaller counts."""
    stratum = pl.concat_str("source", pl.col("language").fill_null(""), separator=passport.SEPARATOR)
    counted = (
        rows.group_by("group_id", "anchor", stratum.alias("stratum")).len("n").sort("group_id", -pl.col("n").cast(pl.Int64), "stratum")
    )
    return counted.unique("group_id", keep="first", maintain_order=True).select(*GROUPS)


def split_of_groups(groups: pl.DataFrame, shares: Shares) -> pl.DataFrame:
    """Return group_id and split of each of GROUPS, whatever their order."""
    places = pl.Series("place", [_place(anchor, shares.seed) for anchor in groups["anchor"].to_list()], dtype=pl.Float64)
    line = groups.with_columns(places).sort("place", "group_id")
    test, held_out = (int((line["place"] < bound).sum()) for bound in (shares.test, shares.test + shares.validation))
    if line.height >= 3:  # none of the splits is empty
        test = min(max(test, 1), line.height - 2)
        held_out = min(max(held_out, test + 1), line.height - 1)
    rank = pl.int_range(pl.len())
    split = pl.when(rank < test).then(pl.lit("test")).when(rank < held_out).then(pl.lit("validation")).otherwise(pl.lit("train"))
    return _represented(line.with_columns(split=split), shares).select("group_id", "split")


def _place(anchor: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on nothing but the name of the key, without its kind, and the seed."""
    name = anchor.partition(":")[2] or anchor
    return int.from_bytes(blake3(f"{seed}{passport.SEPARATOR}{name}".encode()).digest(length=8)) / 2**64


def _represented(line: pl.DataFrame, shares: Shares) -> pl.DataFrame:
    """Move the train group of a stratum that is nearest to a held-out split there, where it has none and its share rounds to one."""
    for split, share in (("test", shares.test), ("validation", shares.validation)):
        there = line.group_by("stratum").agg(
            n=pl.len(), has=(pl.col("split") == split).sum(), train=(pl.col("split") == "train").sum(),
            nearest=pl.col("group_id").filter(pl.col("split") == "train").first(),
        )  # fmt: skip
        lacking = there.filter((pl.col("n") * share + 0.5).floor() >= 1, pl.col("has") == 0, pl.col("train") >= 2)
        line = line.with_columns(
            split=pl.when(pl.col("group_id").is_in(lacking["nearest"].implode())).then(pl.lit(split)).otherwise("split")
        )
    return line
