"""The real protocol: the packaged model behind `transformers serve`, which is a process of its own on loopback."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from assets.corpus.generation.completions import Request
from resources.llm import Client, LlmSettings

START_S = 300.0
SERVE = "import sys; from transformers.cli.transformers import app; sys.argv[0] = 'transformers'; app()"
NUMBER = '{"type": "integer"}'


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def transformers_serve(model: Path, log: Path) -> Iterator[str]:
    """Serve the model, and yield the base URL."""
    port = free_port()
    command = [sys.executable, "-c", SERVE, "serve", str(model), "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1"}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | offline, start_new_session=True)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text(errors="replace")[-2_000:]
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError(f"transformers serve did not start: {log.read_text(errors='replace')[-2_000:]}")


@pytest.mark.slow
def test_a_real_model_answers_and_is_not_asked_twice(real_base: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "completions.sqlite"
    asked = [Request((("user", "What is the capital of France?"),), None, 16), Request((("user", "What is 2 + 2?"),), NUMBER, 12)]
    with transformers_serve(real_base, tmp_path / "serve.log") as url:
        endpoint = {"name": "local", "base_url": url, "model": str(real_base), "price_out": 1.0}
        settings = LlmSettings.model_validate({"endpoints": [endpoint], "concurrency": 1, "timeout_s": 240, "max_repeats": 1})
        with Client(settings, ledger, str) as client:
            found = client.complete(asked)
    assert client.stopped is None
    assert "Paris" in str(found[0].text) and found[0].finish_reason == "stop"
    # So small a model may or may not find the form; either it is right or it is said what was wrong.
    assert found[1].error in ("invalid_json", "cut_off") or isinstance(found[1].data, int)
    assert client.totals.calls >= 2 and 5 < client.totals.tokens_out <= 40 and client.totals.money > 0
    with Client(settings, ledger, str) as client:  # the server is gone
        assert client.complete(asked) == found
    assert client.totals.calls == 0
