import random

import polars as pl
import pytest

from assets.corpus import chat, fingerprints
from assets.corpus.likeness import leaks
from assets.corpus.schema import ChatmlSplits
from assets.corpus.splits import ASSIGNMENTS, SCHEMA, SplitSettings, assign, assign_splits, fingerprint_examples, split_of_groups

SETTINGS = SplitSettings(seed=3)
LIMITS = {"threshold": 0.7, "shingle_words": 5, "equal_answer_words": 12}


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


def split(examples: pl.DataFrame, tokenizer: pl.DataFrame, settings: SplitSettings = SETTINGS) -> tuple[pl.DataFrame, pl.DataFrame]:
    prints, _ = fingerprint_examples(examples, settings, tokenizer)
    return assign_splits(examples, settings, assign(prints, settings))


GROUPS = [f"g{number}" for number in range(40)]
PLACES = split_of_groups(GROUPS, SETTINGS)
IN = {name: next(group for group, place in PLACES.items() if place == name) for name in ("test", "validation", "train")}
BASE = [(group, sentence(f"q{group}{number}"), sentence(f"a{group}{number}", 20)) for group in GROUPS for number in range(3)]


def test_groups_stay_together_and_nothing_is_lost(tokenizer):
    kept, ledger = split(chats(BASE), tokenizer)
    assert kept.schema == SCHEMA and kept.height == len(BASE) and ledger.is_empty()
    assert kept.group_by("group_id").agg(pl.col("split").n_unique())["split"].max() == 1
    assert set(kept["split"]) == {"train", "validation", "test"}
    ChatmlSplits.validate(kept, lazy=True)


def test_a_group_never_moves_when_groups_come():
    more = split_of_groups([*GROUPS, *(f"new{number}" for number in range(200))], SETTINGS)
    assert all(more[group] == place for group, place in PLACES.items())
    share = sum(place == "test" for place in more.values()) / len(more)
    assert 0.04 < share < 0.18
    assert split_of_groups(GROUPS, SplitSettings(seed=4)) != PLACES


@pytest.mark.parametrize("n_groups", [1, 2, 3, 4, 5, 10])
@pytest.mark.parametrize("seed", range(12))
def test_no_split_is_empty_from_three_groups_on(n_groups, seed):
    places = split_of_groups(GROUPS[:n_groups], SplitSettings(seed=seed))
    assert places == split_of_groups(GROUPS[:n_groups][::-1], SplitSettings(seed=seed))
    if n_groups >= 3:
        assert set(places.values()) == {"train", "validation", "test"}


def test_copies_leave_the_split_of_lower_priority(tokenizer):
    asked, said = sentence("x"), sentence("y", 20)
    nearly = asked + " one more"
    examples = chats([*BASE, (IN["test"], asked, said), (IN["train"], nearly, said.upper()), (IN["validation"], asked, said)])
    kept, ledger = split(examples, tokenizer)
    n = len(BASE)
    assert set(examples["id"]) - set(kept["parent_ids"].list.first()) == {f"{n + 1:032x}", f"{n + 2:032x}"}
    told = {row["row_id"]: (row["rule"], row["score"], row["threshold"]) for row in ledger.iter_rows(named=True)}
    assert told[f"{n + 2:032x}"] == ("leaks_into_test", 1.0, 0.7) and told[f"{n + 1:032x}"][0] == "leaks_into_test"


def test_near_copies_are_measured(tokenizer):
    asked = sentence("x", 100).split()
    changed = [*asked[:90], *sentence("z", 10).split()]
    examples = chats([*BASE, (IN["validation"], " ".join(asked), "yes it is so"), (IN["train"], " ".join(changed), "no it is not")])
    kept, ledger = split(examples, tokenizer)
    score = len(fingerprints.shingles(asked[:90], 5)) / (2 * 100 - len(fingerprints.shingles(asked[:90], 5)))
    assert ledger["rule"].to_list() == ["leaks_into_validation"]
    assert ledger["score"][0] == pytest.approx(score, abs=0.01)
    unlike = split(examples, tokenizer, SplitSettings(seed=3, near_duplicate_threshold=0.95))[0]
    assert unlike.height == kept.height + 1


def test_only_a_row_that_stays_can_be_leaked_into(tokenizer):
    said = sentence("y", 20)
    same = [(IN["test"], sentence("x"), said), (IN["validation"], "v", said), (IN["train"], "v " + said, "short one")]
    kept, ledger = split(chats([*BASE, *same]), tokenizer)
    assert ledger["rule"].to_list() == ["leaks_into_test"]  # the validation row goes, so the train row has nothing to leak into
    assert kept.height == len(BASE) + 2


def test_short_answers_may_be_equal(tokenizer):
    examples = chats([*BASE, (IN["test"], sentence("x"), "The number of nodes."), (IN["train"], sentence("y"), "The number of nodes.")])
    assert split(examples, tokenizer)[1].is_empty()


def test_long_examples_are_dropped(tokenizer):
    kept, ledger = split(chats([*BASE, (IN["train"], sentence("x", 3_000), "a b c d")]), tokenizer)
    assert kept.height == len(BASE) and ledger["rule"].to_list() == ["too_long"]
    assert ledger["score"][0] > ledger["threshold"][0] == 1024


def test_leaks_finds_what_was_planted(tokenizer):
    asked, said = sentence("x"), sentence("y", 20)
    examples = chats([*BASE, (IN["test"], asked, said), (IN["train"], asked, said + " z"), (IN["validation"], "other", said)])
    kept, _ = split(chats(BASE), tokenizer)
    assert leaks(kept, **LIMITS).is_empty()
    places = pl.Series("split", [PLACES[group] for group in examples["group_keys"].list.first()])
    found = leaks(examples.with_columns(places), **LIMITS)
    n = len(BASE)
    assert found.select("held_out", "other", "rule").rows() == [
        (f"{n:032x}", f"{n + 1:032x}", "near_duplicate"),
        (f"{n:032x}", f"{n + 2:032x}", "equal_answer"),
    ]
    assert leaks(split(examples, tokenizer)[0], **LIMITS).is_empty()


def test_result_does_not_depend_on_the_order(tokenizer):
    examples = chats([*BASE, (IN["test"], "q", sentence("y", 20)), (IN["train"], "p", sentence("y", 20))])
    prints, _ = fingerprint_examples(examples, SETTINGS, tokenizer)
    assert assign(prints, SETTINGS).equals(assign(prints.sample(fraction=1.0, shuffle=True, seed=1), SETTINGS))


def test_weights_favour_small_groups(tokenizer):
    settings = SETTINGS.model_copy(update={"max_weight": 100.0})
    rows = [(IN["train"], sentence(f"big{n}"), sentence(f"b{n}")) for n in range(31)]
    train = split(chats([*BASE, *rows]), tokenizer, settings)[0].filter(split="train")
    big, small = train.filter(group_id=IN["train"])["weight"], train.filter(pl.col("group_id") != IN["train"])["weight"]
    assert big[0] == pytest.approx((32 / 1024) ** -0.5) and small.min() > 2 * big[0]
    assert set(split(chats(BASE), tokenizer, SplitSettings(seed=3, group_balance=0))[0]["weight"]) == {1.0}
    assert split(chats(BASE), tokenizer)[0]["weight"].max() == SETTINGS.max_weight


def test_a_row_more_in_one_group_changes_no_row_of_another(tokenizer):
    before, _ = split(chats(BASE), tokenizer)
    after, _ = split(chats([*BASE, (IN["train"], sentence("more"), sentence("of it"))]), tokenizer)
    others = pl.col("group_id") != IN["train"]
    assert before.filter(others).sort("id").equals(after.filter(others).sort("id"))


def test_empty_frames_keep_their_schemas(tokenizer):
    prints, _ = fingerprint_examples(chats([]), SETTINGS, tokenizer)
    assert prints.schema == fingerprints.SCHEMA
    assignments = assign(prints, SETTINGS)
    assert assignments.schema == ASSIGNMENTS
    kept, ledger = assign_splits(chats([]), SETTINGS, assignments)
    assert kept.schema == SCHEMA and ledger.is_empty()
    assert leaks(kept, **LIMITS).is_empty()


def test_an_example_without_assignment_is_dropped(tokenizer):
    examples = chats(BASE)
    prints, _ = fingerprint_examples(examples, SETTINGS, tokenizer)
    _, ledger = assign_splits(examples, SETTINGS, assign(prints[1:], SETTINGS))
    assert ledger.select("row_id", "rule").rows() == [(examples["id"][0], "unassigned")]


def test_counts_equal_those_of_the_model_s_own_template(smollm2):
    import jinja2
    from tokenizers import Tokenizer

    examples = chats([("g", "What does `é` do?\n\n```python\nx = 1\n```", "It counts 🙂 things.\n"), ("h", "Hm?", "  indented")])
    prints, _ = fingerprint_examples(examples, SETTINGS, smollm2)
    tokenizer = Tokenizer.from_str(smollm2["tokenizer_json"].item())
    template = jinja2.Environment(keep_trailing_newline=True).from_string(smollm2["chat_template"].item())
    counts = prints.select("n_tokens", "n_answer_tokens").rows()
    for chat_messages, (n_tokens, answered) in zip(examples["messages"].to_list(), counts, strict=True):
        rendered = template.render(messages=chat_messages)
        assert rendered == fingerprints.render(chat_messages)[0]
        ids = tokenizer.encode(rendered, add_special_tokens=False).ids
        assert len(ids) == n_tokens
        answer = tokenizer.encode(chat_messages[-1]["content"] + "<|im_end|>", add_special_tokens=False).ids
        assert answered == len(answer), "the loss is on the answer and its end mark"
        assert ids[-answered:-1] == answer[1:]
