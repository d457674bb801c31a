"""Environments for the peers: each gets its own, so that nothing of theirs meets the project's pinned packages."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from blake3 import blake3

from bench.corpus import FOLDER

PEERS = Path(__file__).resolve().parent / "peers"
UV = PEERS.parent.parent / ".venv" / "bin" / "uv"
# uv does not read pip's configuration: hand it the folder with wheels that pip would use.
ENVIRONMENT = {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", ""), **os.environ}


def python_of(name: str, requirements: list[str]) -> Path:
    """Return the python of the environment `name` with exactly `requirements` asked for; made at the first call.

    Raises subprocess.CalledProcessError when they cannot be installed.
    """
    wanted = blake3("\n".join(requirements).encode()).hexdigest(length=4)
    folder = FOLDER / "envs" / f"{name}-{wanted}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        print(f"installing {name}", flush=True)
        subprocess.run([UV, "venv", "--quiet", "--clear", "--python", "3.11", folder], check=True, env=ENVIRONMENT)
        install = [str(UV), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *requirements]
        subprocess.run(install, check=True, env=ENVIRONMENT)
        (folder / "complete").touch()
    return python


def run_peer(name: str, requirements: list[str], script: str, *arguments: str | Path, timeout_s: float = 1800.0) -> dict[str, Any]:
    """Run `bench/peers/<script>.py` in the environment `name` and return the JSON object that it prints last.

    Raises RuntimeError with the end of what it said when it fails or takes longer than `timeout_s`.
    """
    command = [str(python_of(name, requirements)), str(PEERS / f"{script}.py"), *map(str, arguments)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=True)
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{script}: {error.stderr[-1500:]}") from error
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{script}: took more than {timeout_s:g} s") from error
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))
