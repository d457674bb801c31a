import json
import random

import polars as pl
import pytest

from assets.corpus import chat
from assets.corpus.schema import ChatmlSplits
from assets.corpus.splits import fingerprints, grouping
from assets.corpus.splits.assignment import ASSIGNMENTS, SCHEMA, SplitSettings, assign, assign_splits, fingerprint_examples
from tests.assets.corpus.splits.definition import runs

SETTINGS = SplitSettings(seed=3)


def sentence(seed: str, n_words: int = 60) -> str:
    chosen = random.Random(seed)
    return " ".join(f"w{chosen.randrange(5_000)}" for _ in range(n_words))


ROLES = ("system", "user", "assistant")
NOTHING = dict.fromkeys(("role", "content", "tool_calls", "tool_call_id", "name"))


def chats(rows: list[tuple[str, str, str]]) -> pl.DataFrame:
    """Return chat examples from (group, question, answer)."""
    made = [
        {
            "id": f"{number:032x}",
            "parent_ids": ["p"],
            "source": "code_qa",
            "group_keys": [group],
            "license": "MIT",
            "messages": [
                NOTHING | {"role": role, "content": text} for role, text in (("system", "S"), ("user", asked), ("assistant", said))
            ],
            "tools": "[]",
            "weight": 1.0,
        }
        for number, (group, asked, said) in enumerate(rows)
    ]
    return pl.DataFrame(made, schema=chat.SCHEMA)


def split(examples: pl.DataFrame, template: pl.DataFrame, settings: SplitSettings = SETTINGS) -> tuple[pl.DataFrame, pl.DataFrame]:
    prints, _ = fingerprint_examples(examples, settings, template)
    return assign_splits(examples, settings, assign(prints, settings))


GROUPS = [f"g{number}" for number in range(40)]
LINE = pl.DataFrame({"group_id": GROUPS, "anchor": GROUPS, "stratum": ["code_qa"] * len(GROUPS)})
PLACES = dict(grouping.split_of_groups(LINE, grouping.Shares(0.1, 0.1, 3)).rows())
IN = {name: next(group for group, place in PLACES.items() if place == name) for name in ("test", "validation", "train")}
BASE = [(group, sentence(f"q{group}{number}"), sentence(f"a{group}{number}", 20)) for group in GROUPS for number in range(3)]
BASE_IDS = [f"{number:032x}" for number in range(len(BASE))]


def test_groups_stay_together_and_nothing_is_lost(template):
    kept, ledger = split(chats(BASE), template)
    assert kept.schema == SCHEMA and kept.height == len(BASE) and ledger.is_empty()
    assert kept.group_by("group_id").agg(pl.col("split").n_unique())["split"].max() == 1
    assert set(kept["split"]) == {"train", "validation", "test"}
    ChatmlSplits.validate(kept, lazy=True)


def test_copies_leave_the_split_of_lower_priority(template):
    asked, said = sentence("x"), sentence("y", 20)
    nearly = asked + " one more"
    examples = chats([*BASE, (IN["test"], asked, said), (IN["train"], nearly, said.upper()), (IN["validation"], asked, said)])
    kept, ledger = split(examples, template)
    n = len(BASE)
    assert set(examples["id"]) - set(kept["parent_ids"].list.first()) == {f"{n + 1:032x}", f"{n + 2:032x}"}
    told = {row["row_id"]: (row["rule"], row["score"], row["threshold"]) for row in ledger.iter_rows(named=True)}
    assert told[f"{n + 2:032x}"] == ("leaks_into_test", 1.0, 0.7) and told[f"{n + 1:032x}"][0] == "leaks_into_test"


def test_near_copies_are_measured(template):
    asked = sentence("x", 100).split()
    changed = [*asked[:90], *sentence("z", 10).split()]
    examples = chats([*BASE, (IN["validation"], " ".join(asked), "yes it is so"), (IN["train"], " ".join(changed), "no it is not")])
    kept, ledger = split(examples, template)
    shared = len(runs(asked[:90], 5))
    score = shared / (2 * 100 - shared)
    assert ledger["rule"].to_list() == ["leaks_into_validation"]
    assert ledger["score"][0] == pytest.approx(score, abs=0.01)
    unlike = split(examples, template, SplitSettings(seed=3, near_duplicate_threshold=0.95))[0]
    assert unlike.height == kept.height + 1


def test_only_a_row_that_stays_can_be_leaked_into(template):
    said = sentence("y", 20)
    same = [(IN["test"], sentence("x"), said), (IN["validation"], "v", said), (IN["train"], "v " + said, "short one")]
    kept, ledger = split(chats([*BASE, *same]), template)
    assert ledger["rule"].to_list() == ["leaks_into_test"]  # the validation row goes, so the train row has nothing to leak into
    assert kept.height == len(BASE) + 2


def test_short_answers_may_be_equal(template):
    examples = chats([*BASE, (IN["test"], sentence("x"), "The number of nodes."), (IN["train"], sentence("y"), "The number of nodes.")])
    assert split(examples, template)[1].is_empty()


def test_long_examples_are_dropped(template):
    kept, ledger = split(chats([*BASE, (IN["train"], sentence("x", 3_000), "a b c d")]), template)
    assert kept.height == len(BASE) and ledger["rule"].to_list() == ["too_long"]
    assert ledger["score"][0] > ledger["threshold"][0] == 1024


def test_result_does_not_depend_on_the_order(template):
    examples = chats([*BASE, (IN["test"], "q", sentence("y", 20)), (IN["train"], "p", sentence("y", 20))])
    prints, _ = fingerprint_examples(examples, SETTINGS, template)
    assert assign(prints, SETTINGS).equals(assign(prints.sample(fraction=1.0, shuffle=True, seed=1), SETTINGS))


def test_weights_favour_small_groups(template):
    settings = SETTINGS.model_copy(update={"max_weight": 100.0})
    rows = [(IN["train"], sentence(f"big{n}"), sentence(f"b{n}")) for n in range(31)]
    train = split(chats([*BASE, *rows]), template, settings)[0].filter(split="train")
    big, small = train.filter(group_id=IN["train"])["weight"], train.filter(pl.col("group_id") != IN["train"])["weight"]
    assert big[0] == pytest.approx((32 / 1024) ** -0.5) and small.min() > 2 * big[0]
    assert set(split(chats(BASE), template, SplitSettings(seed=3, group_balance=0))[0]["weight"]) == {1.0}
    assert split(chats(BASE), template)[0]["weight"].max() == SETTINGS.max_weight


def test_a_row_more_in_one_group_changes_no_row_of_another(template):
    before, _ = split(chats(BASE), template)
    after, _ = split(chats([*BASE, (IN["train"], sentence("more"), sentence("of it"))]), template)
    others = pl.col("group_id") != IN["train"]
    assert before.filter(others).sort("id").equals(after.filter(others).sort("id"))


def test_empty_frames_keep_their_schemas(template):
    prints, _ = fingerprint_examples(chats([]), SETTINGS, template)
    assert prints.schema == fingerprints.SCHEMA
    assignments = assign(prints, SETTINGS)
    assert assignments.schema == ASSIGNMENTS
    kept, ledger = assign_splits(chats([]), SETTINGS, assignments)
    assert kept.schema == SCHEMA and ledger.is_empty()


def test_an_example_without_assignment_is_dropped(template):
    examples = chats(BASE)
    prints, _ = fingerprint_examples(examples, SETTINGS, template)
    _, ledger = assign_splits(examples, SETTINGS, assign(prints[1:], SETTINGS))
    assert ledger.select("row_id", "rule").rows() == [(examples["id"][0], "unassigned")]


def test_rows_that_share_a_key_are_one_group(template):
    examples = chats(BASE).with_columns(
        group_keys=pl.when(pl.col("id").is_in([BASE_IDS[0], BASE_IDS[30]]))
        .then(pl.concat_list("group_keys", pl.lit("pr:1")))
        .otherwise("group_keys")
    )
    kept, _ = split(examples, template)
    both = kept.filter(pl.col("parent_ids").list.first().is_in([BASE_IDS[number] for number in (0, 1, 2, 30, 31, 32)]))
    assert set(both["group_id"]) == {"g0"} and both["split"].n_unique() == 1, "a group is called by its smallest key"
    assert kept["group_id"].n_unique() == len(GROUPS) - 1


def test_a_row_s_own_weight_counts(template):
    examples = chats(BASE).with_columns(weight=pl.int_range(1, pl.len() + 1) / 16.0)
    plain, weighed = split(chats(BASE), template)[0], split(examples, template)[0]
    assert weighed["weight"].to_list() == pytest.approx((plain["weight"] * examples["weight"]).to_list())


def test_what_cannot_be_trained_on_is_dropped(template):
    prints, _ = fingerprint_examples(chats(BASE), SETTINGS, template)
    broken = prints.with_columns(
        n_tokens=pl.when(pl.int_range(pl.len()) == 0).then(0).otherwise("n_tokens"),
        n_answer_tokens=pl.when(pl.int_range(pl.len()) < 2).then(0).otherwise("n_answer_tokens"),
    )
    gone = assign(broken, SETTINGS).filter(pl.col("split").is_null())
    assert gone.select("id", "reason", "score", "threshold").rows() == [
        (BASE_IDS[0], "not_rendered", 0, 1),
        (BASE_IDS[1], "no_answer", 0, 1),
    ]


def test_calls_are_content_and_the_system_s_words_are_not(template):
    call = json.dumps([{"id": "call_1", "name": "book_flight", "arguments": {"text": sentence("flight")}}])
    made = chats([*BASE, (IN["test"], "a", "b"), (IN["train"], "c", "d"), (IN["train"], "e", "f")])
    said = [[*messages[:2], NOTHING | {"role": "assistant", "tool_calls": call}] for messages in made["messages"].to_list()[-3:]]
    said[2] = [NOTHING | {"role": "system", "content": sentence("flight")}, *made["messages"].to_list()[-1][1:]]
    examples = pl.concat([made.head(-3), made.tail(3).with_columns(messages=pl.Series(said, dtype=made.schema["messages"]))])
    _, ledger = split(examples, template)
    assert ledger.select("row_id", "rule").rows() == [(made["id"][-2], "leaks_into_test")]
