"""dbt in a process that ends with the one that started it: `python -P assets/warehouse/child.py <parent's pid> build`.

A killed run must not leave a dbt behind that writes into the folder of the next build.
"""

import os
import sys
import threading
import time

POLL_S = 0.5


def main(parent_pid: int, arguments: list[str]) -> None:
    """Run dbt with `arguments`; exits with its status."""
    threading.Thread(target=_watch, args=(parent_pid,), daemon=True, name="die-with-parent").start()
    from dbt.cli.main import cli

    sys.argv = ["dbt", *arguments]
    cli()


def _watch(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(POLL_S)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
