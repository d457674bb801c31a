"""A local server that speaks GitHub's REST for a git repository that it generates: for the demo, the tests and the benchmark.

Nothing of it is reached from anywhere but 127.0.0.1. `build.py` writes the repository and the facts about its pull requests once
into a folder, `api.py` answers from the two, `server.py` runs it in a thread, `python -m resources.forge FOLDER` in a process.
"""

from resources.forge.faults import Faults
from resources.forge.server import Forge
from resources.forge.size import DEMO, LARGE, SMALL, Size

__all__ = ["DEMO", "LARGE", "SMALL", "Faults", "Forge", "Size"]
