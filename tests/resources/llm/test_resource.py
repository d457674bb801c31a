"""The resource as Dagster hands it to an asset, and the job that tries failures again."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg

from jobs.retry_failed_generations import retry_failed_generations
from resources.lake import Lake
from resources.llm.resource import LEDGER, Llm, llm_resource
from tests.resources.llm.chat_server import ChatServer, request, serving, settings

ASKED = [request(f"module {number}") for number in range(4)]


def definitions(server: ChatServer, lake: Lake, seen: list[list[str | None]]) -> dg.Definitions:
    @dg.asset(group_name="corpus")
    def qa_pairs(context: dg.AssetExecutionContext, llm: dg.ResourceParam[Llm]) -> None:
        with llm.opened(context.log.info) as client:
            seen.append([completion.error for completion in client.complete(ASKED)])

    @dg.asset(group_name="corpus", deps=[qa_pairs])
    def chat_examples() -> None:
        seen.append(["below"])

    @dg.asset(group_name="model", deps=[chat_examples])
    def lora_adapter() -> None:
        seen.append(["trained"])

    resources: dict[str, Any] = {"llm": llm_resource, "lake": lake, "settings": SimpleNamespace(llm=settings(server, max_repeats=0))}
    every = dg.define_asset_job("every", selection="*")
    return dg.Definitions([qa_pairs, chat_examples, lora_adapter], resources=resources, jobs=[every, retry_failed_generations])


def test_the_job_asks_again_just_what_failed_and_makes_what_is_below(tmp_path: Path) -> None:
    seen: list[list[str | None]] = []
    with serving(special={"module 1": "refusal", "module 2": "prose"}) as server:
        defs = definitions(server, Lake.at(tmp_path), seen)
        every, again = defs.resolve_job_def("every"), defs.resolve_job_def("retry_failed_generations")
        assert every.execute_in_process().success
        server.special.clear()
        server.received.clear()
        assert every.execute_in_process().success and not server.received
        narrowed = {"resources": {"llm": {"config": {"retry_failed": True, "reasons": ["refused"]}}}}
        assert again.execute_in_process(run_config=narrowed).success and server.received == {"module 1": 1}
        assert again.execute_in_process().success and server.received == {"module 1": 1, "module 2": 1}
    failed, partly = [None, "refused", "invalid_json", None], [None, None, "invalid_json", None]
    below, trained = ["below"], ["trained"]
    assert seen == [failed, below, trained, failed, below, trained, partly, below, [None] * 4, below]
    assert (tmp_path / LEDGER).exists()
