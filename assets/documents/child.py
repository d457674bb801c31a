"""The process that reads documents: `python -m assets.documents.child`, fed and limited by `isolation.Reader`.

Frames go both ways: eight bytes of length, then the payload. In: the settings, then documents. Out: one JSON object for the settings
(`version` of the extractor, or `unavailable` and why), then one for each document.
Answers are JSON, not pickles: a document that takes over this process must not get further.
"""

import json
import os
import queue
import resource
import struct
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from assets.documents.extractors import Extractor

LENGTH = struct.Struct(">Q")


def main() -> None:
    """Answer for each document until the input ends; end with it at any time, because then the parent is gone."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # what native code prints must not get among the answers
    os.dup2(nowhere, 2)
    frames: queue.Queue[bytes] = queue.Queue(maxsize=2)
    threading.Thread(target=_receive, args=(sys.stdin.buffer, frames), daemon=True).start()
    settings = json.loads(frames.get())
    _limit(settings["max_memory_bytes"])
    extractor = _extractor(settings, answers)
    while True:
        content = frames.get()
        _allow(settings["max_cpu_s"])
        answer = _answer(content, extractor)
        _send(answers, answer)
        if answer.get("rule") == "out_of_memory" or _peak_bytes() > settings["max_memory_bytes"] / 2:
            os._exit(0)  # the next document gets a process with all its memory


def _receive(source: BinaryIO, frames: "queue.Queue[bytes]") -> None:
    while (head := source.read(LENGTH.size)) and len(head) == LENGTH.size:
        size = LENGTH.unpack(head)[0]
        content = source.read(size)
        if len(content) < size:
            break
        frames.put(content)
    os._exit(0)


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    payload = json.dumps(answer).encode("ascii", "replace")
    answers.write(LENGTH.pack(len(payload)) + payload)
    answers.flush()


def _extractor(settings: dict[str, Any], answers: BinaryIO) -> "Extractor":
    """Return the extractor that the settings name, ready; say so, or why not and end."""
    from assets.documents import extractors
    from assets.documents.docling_reading import DoclingSettings
    from assets.documents.pages import Unavailable
    from assets.documents.reading import ReadingSettings

    reading, docling = ReadingSettings.model_validate(settings["reading"]), DoclingSettings.model_validate(settings["docling"])
    try:
        extractor = extractors.load(settings["extractor"], reading, docling)
    except Unavailable as error:
        _send(answers, {"unavailable": str(error)})
        os._exit(0)
    _send(answers, {"version": extractor.version})
    return extractor


def _answer(content: bytes, extractor: "Extractor") -> dict[str, Any]:
    from assets.documents.pages import Unreadable

    try:
        found = extractor.read(content)
        return {"n_pages": found.n_pages, "blocks": [asdict(block) for block in found.blocks], "counts": dict(found.counts)}
    except Unreadable as error:
        return {"rule": error.rule, "detail": error.detail}
    except MemoryError:
        return {"rule": "out_of_memory", "detail": ""}
    except Exception as error:  # any: a document must not stop the others, and an exception's text may quote it
        return {"rule": "failed", "detail": type(error).__name__}


def _limit(max_memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (max_memory_bytes, max_memory_bytes))


def _allow(max_cpu_s: int) -> None:
    """Give the next document its processor time: the kernel ends this process when it is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + max_cpu_s, resource.RLIM_INFINITY))


def _peak_bytes() -> int:
    """Return the most memory that this process held; ru_maxrss on Linux also knows what its parent held when it was started."""
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open("/proc/self/status", "rb") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(b"VmHWM:"))


if __name__ == "__main__":
    try:
        main()
    finally:
        os._exit(1)  # not by way of the interpreter's end, which waits for the thread that reads
