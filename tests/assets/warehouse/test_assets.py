"""The whole build by dbt in Dagster, on a small corpus: one home, built four times."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import polars as pl
import pytest

from assets.automation import on_new_data
from assets.warehouse import assets, datasets
from resources.lake import Lake
from resources.warehouse import Warehouse

MARTS = {
    "funnel", "drops", "licenses", "languages", "token_histogram", "splits", "eval_scores", "scores", "comments_by_repository",
    "comments_by_path", "comments_by_reviewer", "comment_latency", "comment_alignment", "comment_drops",
    "contamination", "questions",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that the tests of this module fill one after another: dbt parses a project anew for every home."""
    return Lake.at(tmp_path_factory.mktemp("home"))


def materialize(lake: Lake, selection: Any = None) -> dg.ExecuteInProcessResult:
    resources = {"warehouse": Warehouse(lake)}
    return dg.materialize([assets.warehouse_models], resources=resources, selection=selection, raise_on_error=False)


def failed_checks(result: dg.ExecuteInProcessResult) -> set[tuple[str, str]]:
    return {(check.asset_key.to_user_string(), check.check_name) for check in result.get_asset_check_evaluations() if not check.passed}


def materializations(result: dg.ExecuteInProcessResult) -> dict[str, Any]:
    events = [event.event_specific_data for event in result.all_events if event.event_type_value == "ASSET_MATERIALIZATION"]
    return {event.materialization.asset_key.to_user_string(): event.materialization for event in events}


@pytest.fixture(scope="module")
def graph() -> Iterator[Any]:
    models = dg.load_assets_from_modules([assets], group_name="warehouse")
    return dg.Definitions(assets=models, resources={"warehouse": object()}).resolve_asset_graph()


def test_models_hang_below_their_datasets_in_one_group(graph: Any) -> None:
    models = graph.materializable_asset_keys
    assert {key.to_user_string() for key in models} == {f"stg_{name}" for name in datasets.SCHEMAS} | MARTS | {
        "ledger",
        "snapshots",
        "rules",
    }
    assert {graph.get(key).group_name for key in models} == {"warehouse"}
    assert all(graph.get(key).automation_condition == on_new_data and graph.get(key).code_version for key in models)
    assert graph.get(dg.AssetKey("stg_raw_code")).parent_keys == {dg.AssetKey("raw_code")}
    assert graph.get(dg.AssetKey("ledger")).parent_keys == {dg.AssetKey(name) for name in datasets.SCHEMAS}
    assert {key.to_user_string() for key in graph.get_all_asset_keys() - models} == set(datasets.SCHEMAS)


def test_an_empty_lake_gives_a_warehouse_with_all_views(home: Lake) -> None:
    result = materialize(home)
    assert result.success, failed_checks(result)
    for name, empty in datasets.empty_tables().items():
        found = Warehouse(home).query(f"from {name}")
        assert (found.height, found.columns) == (0, empty.columns)


def test_a_build_shows_the_corpus_and_says_what_is_in_it(home: Lake, corpus: Any) -> None:
    published = corpus.publish(home, corpus.make())
    result = materialize(home)
    assert result.success, failed_checks(result)
    assert len(result.get_asset_check_evaluations()) > 30
    for name, (rows, _) in corpus.make().items():
        assert Warehouse(home).query(f"select count(*) from {name}").item() == rows.height
        assert home.current(name, "warehouse") == published[name].id
    made = materializations(result)
    assert made["stg_raw_code"].metadata["dagster/row_count"].value == 12
    assert made["stg_raw_code"].tags["dagster/data_version"] == published["raw_code"].id
    assert [column.name for column in made["splits"].metadata["dagster/column_schema"].value.columns][:2] == ["split", "source"]
    for name in ("funnel", "token_histogram", "eval_scores"):
        assert "data:image/png;base64," in made[name].metadata["picture"].value
        assert len(made[name].metadata["picture"].value) < 40_000
    log = " ".join(str(event) for event in result.all_events)
    assert "What does f" not in log
    assert "return 1" not in log


def test_the_tables_count_what_the_datasets_hold(home: Lake) -> None:
    ask = Warehouse(home).query
    funnel = ask("select asset, rows_in, rows_out, rows_dropped, dropped_by_rule['few_letters'] as few from funnel")
    assert funnel.rows()[:3] == [("raw_code", 13, 12, 1, None), ("clean_code", 12, 10, 2, 2), ("deduplicated_code", 10, 8, 2, None)]
    assert ask("select rows, threshold from drops where rule = 'over_size'").rows() == [(1, 1e6)]
    licenses = ask("select license, rows, repositories from licenses where asset = 'raw_code'")
    assert licenses.rows() == [("MIT", 9, 3), ("unknown", 3, 1)]
    assert ask("select language, rows from languages where asset = 'raw_code'").rows() == [("Python", 9), ("unknown", 3)]
    assert ask("select sum(rows)::bigint from token_histogram where asset = 'cleaned_chunks'").item() == 8
    assert ask("select sum(rows)::bigint from splits").item() == ask("select count(*) from chatml_splits").item() > 0
    overall = ask("select base_mean, tuned_mean, difference from eval_scores where metric = 'combined' and slice_by = 'all'")
    assert overall.rows() == [(0.25, 0.5, 0.25)]
    assert "HUGEINT" not in {kind for name in MARTS for kind in ask(f'describe "{name}"')["column_type"]}


def test_the_tables_of_reviews(home: Lake) -> None:
    ask = Warehouse(home).query
    counted = ask("select pull_requests, comments_fetched, comments, valid, reviewers from comments_by_repository")
    assert counted.rows() == [(1, 3, 2, 2, 1)]
    assert ask("select path, comments, reviewers from comments_by_path").rows() == [("a.py", 2, 1)]
    assert ask("select author, comments, median_latency_hours from comments_by_reviewer").rows() == [("reviewer_0", 2, 2.0)]
    assert ask("select comments, pull_requests, first_median_hours, median_hours from comment_latency").rows() == [(2, 1, 1.0, 2.0)]
    aligned = ask("select outcome, method, rule, comments, share from comment_alignment")
    assert aligned.rows() == [("kept", "line", None, 2, 2 / 3), ("not proven", None, "file_not_in_diff", 1, 1 / 3)]
    assert ask("select repository, rule, comments from comment_drops").rows() == [("owner/name", "file_not_in_diff", 1)]


def test_the_tables_of_questions_and_benchmarks(home: Lake) -> None:
    ask = Warehouse(home).query
    pairs = ask("select count(*) from qa_pairs").item()
    assert ask("select generator, kind, shape, pairs, chunks, mean_quality from questions").rows() == [
        ("code_qa", "function", "code_qa", pairs, pairs, 1.0)
    ]
    found = ask("select benchmark, problem, rule, examples, score from contamination")
    assert found.rows() == [("human_eval", "human_eval/HumanEval/0", "contaminated_ngram", 2, 3.0)]


def test_questions_that_take_a_word(home: Lake) -> None:
    ask = Warehouse(home).query
    drops = ask("select rule, rows, median_score, threshold from drops('clean_code')")
    assert drops.rows() == [("few_letters", 2, 0.2, 0.25), ("few_comments", 1, 0.0, 0.01)]
    stricter = ask("select change, score from what_if('clean_code', 'few_letters', 0.4)")
    assert stricter.rows() == [("leaves", 0.3)] * 10
    laxer = ask("select change, score, threshold from what_if('clean_code', 'few_letters', 0.1)")
    assert laxer.rows() == [("returns", 0.2, 0.25)], "the other file has too few comments as well"
    chunks = ask("from what_if('cleaned_chunks', 'over_budget', 200)")
    assert set(chunks["score"]) == {score for score in ask("select n_tokens from cleaned_chunks")["n_tokens"] if score > 200}
    assert ask("from what_if('clean_code', 'too_many_lines', 1)").height == ask("from clean_code").height
    assert ask("from what_if('deduplicated_code', 'near_duplicate', 0.9)")["change"].to_list() == ["returns"]
    with pytest.raises(duckdb.Error, match="what near_duplicate kept are not known"):
        ask("from what_if('deduplicated_code', 'near_duplicate', 0.5)")
    with pytest.raises(duckdb.Error, match=r"no rule nonsense with a score in clean_code; it has .*few_letters"):
        ask("from what_if('clean_code', 'nonsense', 1)")


def test_the_file_can_be_attached_under_any_name(home: Lake) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{Warehouse(home).path}' as elsewhere (read_only)")
        assert connection.execute("select count(*) from elsewhere.raw_code").fetchone() == (12,)
        assert connection.execute("select count(*) from elsewhere.ledger").fetchone() != (0,)


def test_what_breaks_a_test_does_not_reach_readers(home: Lake, corpus: Any) -> None:
    """A row twice, a group in two splits, a question about a chunk that is not there, a copy dropped without a ledger row."""
    good = corpus.make()
    before = home.current("clean_code", "warehouse")
    rows, ledger = good["chatml_splits"]
    leak = rows.with_columns(group_id=pl.lit("one"), id=pl.when(pl.int_range(pl.len()) < 2).then(pl.lit("f" * 32)).otherwise("id"))
    orphans = good["qa_pairs"][0].with_columns(parent_ids=pl.lit(["f" * 32]))
    fewer = good["clean_code"][0].head(7)
    corpus.publish(
        home, good | {"chatml_splits": (leak, ledger), "qa_pairs": (orphans, ledger), "clean_code": (fewer, good["clean_code"][1])}
    )
    result = materialize(home)
    assert not result.success
    assert materializations(result) == {}
    failed = failed_checks(result)
    assert ("stg_chatml_splits", "unique_stg_chatml_splits_id") in failed
    assert {asset for asset, name in failed if name.startswith("one_value_per_group")} == {"stg_chatml_splits"}
    assert {asset for asset, name in failed if name.startswith("rows_add_up")} == {"funnel"}
    assert {asset for asset, name in failed if name.startswith("parents_exist")} >= {"stg_qa_pairs", "stg_deduplicated_code"}
    assert "unique_stg_chatml_splits_id (fail, 1 rows)" in str(result.failure_data_for_node("warehouse_models"))
    assert Warehouse(home).query("select count(*) from clean_code").item() == 10
    assert home.current("clean_code", "warehouse") == before


def test_a_dataset_that_was_held_back_does_not_stop_a_build_of_a_part(home: Lake, corpus: Any) -> None:
    """raw_code moves on while clean_code stays: nothing to compare; and whoever asks for one table gets the whole file anew."""
    corpus.publish(home, corpus.make())
    rows, ledger = corpus.make()["raw_code"]
    corpus.publish(home, {"raw_code": (rows.tail(3).with_columns(pl.col("id").str.reverse()), ledger)})
    result = materialize(home, selection=[dg.AssetKey("funnel")])
    assert result.success, failed_checks(result)
    assert set(materializations(result)) == {"funnel"}
    assert Warehouse(home).query("select (select count(*) from raw_code), (select count(*) from clean_code)").rows() == [(3, 10)]
    assert Warehouse(home).query("select rows_in from funnel where asset = 'clean_code'").item() == 12
    assert not Path(home.storage.uri("warehouse.next")).exists()
