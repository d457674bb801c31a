import pandera.polars as pa
import polars as pl
import pytest

from assets.pull_requests.bronze.payloads import SCHEMA
from assets.pull_requests.schema import SilverReviewComments
from assets.pull_requests.silver import claims as silver_claims
from assets.pull_requests.silver import validity
from assets.pull_requests.silver.comments import ALIGNED, AlignSettings, align_comments, silver_id
from tests.assets.pull_requests.silver.silvered import DIFF, HEAD, HOST, HUNK, LINES, REPOSITORY, SHA, bronze, bundle, comment, silver


def test_a_comment_is_put_on_its_line() -> None:
    said = [comment(at, at, pull_request_review_id=9, commit_id=HEAD, line=LINES[at][0], position=at) for at in LINES]
    kept, ledger = align_comments(bronze(bundle(1, said, reviews=[{"id": 9, "state": "approved"}])), AlignSettings())
    assert [(row["line"], row["side"], row["line_kind"]) for row in kept.iter_rows(named=True)] == list(LINES.values())
    first = kept.row(0, named=True)
    assert first["id"] == silver_id(HOST, REPOSITORY, 1) and ledger.is_empty()
    told = {
        name: first[name] for name in ("original_commit_sha", "base_sha", "head_sha", "license", "language", "review_state", "current_line")
    }
    assert list(told.values()) == [SHA, "c" * 40, HEAD, "MIT", "Java", "APPROVED", 10]
    assert kept["participants"][0].to_list() == ["author-2", "reviewer-1"]


def test_what_is_not_proven_is_in_the_ledger_with_its_reason() -> None:
    wrong = "\n".join([*HUNK[:4], "+something else"])
    said = [
        comment(1, body=" \r\n "),
        comment(2, path="src/B.java"),
        comment(3, subject_type="file"),
        comment(4, diff_hunk=wrong),
        comment(5, original_commit_id=None),
        comment(6, diff_hunk=None),
        comment(7, path=None),
    ]
    kept, ledger = align_comments(bronze(bundle(12, said)), AlignSettings())
    rules = dict(zip(ledger["row_id"], ledger["rule"], strict=True))
    assert kept.is_empty() and kept.schema == pl.Schema(ALIGNED)
    named = [rules[silver_id(HOST, REPOSITORY, number)] for number in range(1, 8)]
    assert named[:3] == ["no_body", "file_not_in_diff", "file_comment"] and named[3].startswith("contradicts") and named[4] == "no_commit"
    assert "example/project#12 src/B.java comment 2" in ledger["detail"].to_list()


def test_no_file_has_a_line_0() -> None:
    zero = {"+10,4": "+0,4", "-10,3": "-0,3"}
    hunk, diff = "\n".join(HUNK[:2]), DIFF
    for old, new in zero.items():
        hunk, diff = hunk.replace(old, new), diff.replace(old, new)
    odd = bundle(1, [comment(1, 1, diff_hunk=hunk, original_line=None)], diff=diff, reviewed=[])
    kept, ledger = align_comments(bronze(odd), AlignSettings())
    assert kept.is_empty() and ledger["rule"].to_list() == ["malformed_hunk"]


def test_less_confidence_than_asked_for_is_unsure() -> None:
    gone = bundle(1, [comment(1)], reviewed=[], diff=DIFF.replace("+3", "+4"))
    assert align_comments(bronze(gone), AlignSettings())[0].height == 1
    kept, ledger = align_comments(bronze(gone), AlignSettings(min_confidence=0.99))
    assert kept.is_empty() and ledger.select("rule", "threshold").row(0) == ("unsure", 0.99) and ledger["score"][0] < 0.99


def test_threads_survive_what_is_dropped_from_them() -> None:
    said = [comment(1, path="away"), comment(2, in_reply_to_id=1), comment(3, in_reply_to_id=2), comment(4, in_reply_to_id=99), comment(5)]
    kept = align_comments(bronze(bundle(1, said)), AlignSettings())[0]
    ids = {number: silver_id(HOST, REPOSITORY, number) for number in (1, 2, 3, 5)}
    ids[99] = kept.filter(pl.col("comment_id") == 4)["thread_id"][0]
    assert ids[99] not in kept["id"]
    assert kept.sort("comment_id").select("thread_id", "in_reply_to").rows() == [
        (ids[1], ids[1]),
        (ids[1], ids[2]),
        (ids[99], ids[99]),
        (ids[5], None),
    ]
    assert kept["comment_id"].to_list() == [2, 3, 5, 4]  # thread by thread
    assert silver_claims.unthreaded(kept)[0].is_empty()
    moved = kept.with_columns(thread_id=pl.when(pl.col("comment_id") == 3).then(pl.lit(ids[5])).otherwise("thread_id"))
    assert silver_claims.unthreaded(moved)[0]["id"].to_list() == [ids[3]]


def test_the_author_of_the_pull_request_is_known() -> None:
    said = [comment(1, user={"login": "Author-2", "type": "User"}), comment(2), comment(3, user=None)]
    kept = align_comments(bronze(bundle(1, said)), AlignSettings())[0]
    assert kept["by_pull_author"].to_list() == [True, False, False]


def test_the_claims_see_what_is_wrong() -> None:
    source = bronze(bundle(1, [comment(position, position, body=f"Number {position} should be a constant") for position in LINES]))
    kept, _ = silver(source)
    assert silver_claims.not_on_their_line(kept)[0].is_empty() and silver_claims.names_left(kept, None, source)[0].is_empty()
    for change in (
        {"line": pl.col("line") + 1},
        {"side": pl.when(pl.col("side") == "LEFT").then(pl.lit("RIGHT")).otherwise(pl.lit("LEFT"))},
        {"line_kind": pl.col("line_kind").replace({"added": "context", "removed": "added", "context": "removed"})},
        {"diff_hunk": pl.col("diff_hunk").str.replace_all("\n[^\n]*$", "")},
        {"start_line": pl.col("line") + 5},
    ):
        found = silver_claims.not_on_their_line(kept.with_columns(**change))[0].height
        assert found >= kept.height - 2 * ("side" in change), change  # a context line is on both sides: here under one number only once
    for named in ({"author": pl.lit("reviewer-1")}, {"body": pl.lit("as @Reviewer-1 said")}, {"body": pl.lit(f"{HOST}/author-2/x")}):
        assert silver_claims.names_left(kept.with_columns(**named), None, source)[0].height == kept.height


def test_the_contract_and_the_columns_agree_also_without_rows() -> None:
    kept, _ = silver(bronze(bundle(1, [comment(1, body="Please remove @author-2's\r\n```suggestion\r\n3\r\n```")])))
    none, ledger = silver(pl.DataFrame(schema=SCHEMA))
    assert none.schema == kept.schema == pl.Schema(validity.SCHEMA) and ledger.is_empty()
    assert list(SilverReviewComments.to_schema().columns) == list(validity.SCHEMA)
    for frame in (kept, none):
        SilverReviewComments.validate(frame, lazy=True)
    with pytest.raises(pa.errors.SchemaErrors):
        SilverReviewComments.validate(kept.with_columns(author=pl.lit("reviewer-1")), lazy=True)
    assert kept["suggestion"].to_list() == ["3\n"]
