"""What a document may do to the process that reads it, and what that costs the others."""

import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from assets.documents import isolation
from assets.documents.isolation import Reader
from assets.documents.limits import LimitSettings
from assets.documents.reading import ReadingSettings
from tests.assets.documents import pdfs

GOOD = pdfs.pdf(pdfs.plain)
SLOW = pdfs.bomb(60, b"BT /F1 9 Tf (lease) Tj ET\n")  # takes seconds


def reader(**limits: float) -> Reader:
    return Reader(ReadingSettings(), LimitSettings.model_validate(limits))


def headings(answer: dict) -> list[str]:
    return [block["text"] for block in answer["blocks"] if block["kind"] == "heading"]


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that ended and waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def has_ended(pid: int) -> bool:
    for _ in range(100):
        if not is_alive(pid):
            return True
        time.sleep(0.05)
    return False


def test_a_child_serves_many_documents_and_is_gone_afterwards() -> None:
    with reader() as one:
        assert [headings(one.read(GOOD)) for _ in range(3)] == [["Leases"]] * 3
        child = one._child
        assert child is not None
        assert one.read(b"nothing") == {"rule": "not_a_pdf", "detail": "no %PDF- header"}
        assert one._child is child
    assert has_ended(child.pid)


def test_what_the_parent_holds_does_not_count() -> None:
    held = bytearray(b"x" * 300_000_000)
    with reader(max_memory_bytes=400_000_000) as one:
        assert headings(one.read(GOOD)) == ["Leases"]
        child = one._child
        time.sleep(0.1)
        assert headings(one.read(GOOD)) == ["Leases"]
        assert one._child is child, "a new process for each document"
    assert held


def test_processor_time_and_the_next_document() -> None:
    with reader(max_cpu_s=1) as one:
        assert one.read(SLOW) == {"rule": "timeout", "detail": "1 s of processor time"}
        assert headings(one.read(GOOD)) == ["Leases"]


def test_a_child_that_only_waits() -> None:
    with reader(max_wall_s=0.5) as one:
        one.start()
        assert one._child is not None
        os.kill(one._child.pid, signal.SIGSTOP)
        stopped = one._child.pid
        assert one.read(GOOD) == {"rule": "timeout", "detail": "0.5 s"}
    assert has_ended(stopped)


def test_memory() -> None:
    with reader(max_memory_bytes=300_000_000) as one:
        answer = one.read(pdfs.bomb(300))
        assert answer["rule"] in ("crashed", "out_of_memory", "no_text")
        assert headings(one.read(GOOD)) == ["Leases"]


def test_a_child_that_others_killed_does_not_count_against_the_document() -> None:
    with reader() as one:
        one.read(GOOD)
        assert one._child is not None
        os.kill(one._child.pid, signal.SIGSEGV)
        assert headings(one.read(GOOD)) == ["Leases"]


def test_a_crash_on_the_first_document_is_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    def start_and_break(one: Reader) -> None:
        start(one)
        assert one._child is not None
        os.kill(one._child.pid, signal.SIGSEGV)

    start = Reader.start
    monkeypatch.setattr(Reader, "start", start_and_break)
    with reader() as one:
        assert one.read(GOOD) == {"rule": "crashed", "detail": "SIGSEGV"}


PARENT = """
    import sys
    from assets.documents.isolation import Reader
    from assets.documents.limits import LimitSettings
    from assets.documents.reading import ReadingSettings
    from tests.assets.documents import pdfs
    one = Reader(ReadingSettings(), LimitSettings())
    one.read(pdfs.pdf(pdfs.plain))
    print(one._child.pid, flush=True)
    one.read(pdfs.bomb(400, b"BT /F1 9 Tf (lease) Tj ET\\n"))
"""


def test_the_child_ends_with_its_parent_even_in_the_middle_of_a_document() -> None:
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(PARENT)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    assert is_alive(child)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert has_ended(child)


def _read_in_a_daemon(answers: "multiprocessing.SimpleQueue") -> None:
    with reader() as one:
        answers.put(headings(one.read(GOOD)))


def test_daemonic_processes_may_read_too() -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_read_in_a_daemon, args=(answers,), daemon=True)
    process.start()
    assert answers.get() == ["Leases"]
    process.join()


def test_the_child_sees_no_secret_of_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_TOKEN", "x" * 12)
    child = isolation._start()
    try:
        assert b"SOME_TOKEN" not in Path(f"/proc/{child.pid}/environ").read_bytes()
    finally:
        child.kill()
        child.wait()
        assert child.stdin and child.stdout
        child.stdin.close()
        child.stdout.close()
