"""Silver on 310 review comments that others wrote: everything accounted for, nothing on a wrong line, nobody named."""

import json
from pathlib import Path

import polars as pl
import pytest

from assets.pull_requests.bronze.payloads import Bundle, PayloadSettings, rows
from assets.pull_requests.silver import bots, comments, people, redacting, repeats, validity
from assets.pull_requests.silver import claims as silver_claims
from assets.redaction.redaction import RedactionSettings

REVIEWS = Path(__file__).resolve().parents[3] / "shared" / "data" / "github" / "git-client-plugin-reviews"
pytestmark = pytest.mark.skipif(not REVIEWS.exists(), reason="needs the shared data")


@pytest.fixture(scope="module")
def bronze() -> pl.DataFrame:
    bundles = []
    for diff in sorted(REVIEWS.glob("*.diff")):
        said = diff.with_name(f"{diff.stem}_comments.jsonl").read_text(encoding="utf-8").splitlines()
        owner, name, number = diff.stem.split("_")
        content = {
            "diff": diff.read_bytes().decode("utf-8", "replace"),
            "review_comments": [json.loads(line) for line in said if line.strip()],
        }
        bundles.append(Bundle("files", "https://github.com", f"{owner}/{name}", int(number), content))
    return rows(bundles, PayloadSettings())[0]


@pytest.fixture(scope="module")
def made(bronze: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Silver, and the ledgers of all its stages."""
    kept, ledger = comments.align_comments(bronze, comments.AlignSettings())
    ledgers = [ledger]
    for stage, settings in (
        (bots.keep_human, bots.HumanSettings()),
        (people.pseudonymise, people.PeopleSettings()),
        (redacting.redact_comments, RedactionSettings()),
        (validity.label, validity.ValiditySettings()),
    ):
        kept, ledger = stage(kept, settings)
        ledgers.append(ledger)
    chosen = repeats.RepeatSettings()
    decisions = repeats.repeats(repeats.narrow(kept, chosen)[0], chosen)
    kept, ledger = repeats.drop_repeats(kept, chosen, decisions)
    return kept, pl.concat([*ledgers, ledger])


def test_every_comment_is_in_silver_or_the_ledger_once(bronze: pl.DataFrame, made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    silver, ledger = made
    accounted = [*silver["id"], *ledger.filter(pl.col("action") == "dropped")["row_id"]]
    assert sorted(accounted) == sorted(comments.comment_ids(bronze)[0]["id"]) and len(accounted) == 310


def test_at_least_95_percent_of_those_in_the_diff_are_proven(made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    _, ledger = made
    lost = ledger.filter(pl.col("action") == "dropped")
    unproven = lost.filter(~pl.col("rule").is_in(["bot", "repeated_body", "no_body"]))
    in_diff = 310 - unproven.filter(pl.col("rule") == "file_not_in_diff").height
    wrong = unproven.filter(pl.col("rule") != "file_not_in_diff").height
    assert in_diff > 200 and in_diff - wrong >= 0.95 * in_diff


def test_none_is_on_a_wrong_line(made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    assert silver_claims.not_on_their_line(made[0])[0].rows() == []
    assert silver_claims.unthreaded(made[0])[0].rows() == []


def test_nobody_is_named(bronze: pl.DataFrame, made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    silver, _ = made
    assert silver_claims.names_left(silver, None, bronze)[0].rows() == []
    assert redacting.left_in_comments(silver, RedactionSettings())[0].rows() == []


def test_annotations_stay(made: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    bodies = "\n".join(made[0]["body"])
    assert all(name in bodies for name in ("@Test", "@throws", "@param", "@NonNull", "@return", "@deprecated"))
