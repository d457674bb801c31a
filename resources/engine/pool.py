"""Worker processes of one machine, started quickly and ended with the process that started them."""

import gc
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import connection, parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import Any


def start(workers: int) -> ProcessPoolExecutor:
    """Return a pool of at most `workers` processes, which share the processors; each is started when it is needed."""
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    os.environ.setdefault("POLARS_MAX_THREADS", threads)  # read by polars in the workers, which are not forked
    os.environ.setdefault("OPENBLAS_NUM_THREADS", threads)  # starting more of them takes NumPy longer than all else that it does
    return ProcessPoolExecutor(workers, _Context(), initializer=_begin)


class _Worker(SpawnProcess):
    """A process that does not load the main module of its parent, which would take it a second and a half to import Dagster.

    What it runs is imported by name, so that the main module is not missed.
    """

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Any:  # noqa: N802 - multiprocessing calls it so
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")  # multiprocessing hands on the name and the file of what stands here
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    Process = _Worker


def _begin() -> None:
    """Prepare a worker: collecting garbage seldom, since each full round walks all that is loaded, 300,000 objects, and finds little."""
    gc.set_threshold(50_000)
    _die_with_parent()


def _die_with_parent() -> None:
    """End this worker when the process that started it is gone: one that was killed cannot tell its workers."""
    parent = parent_process()
    assert parent is not None

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
