"""The engine: maps chains of stages over shards in worker processes, and never computes the same shard twice."""

from resources.engine.local import EngineError, EngineSettings, LocalEngine
from resources.engine.task import Stage, StageFailure, Task

__all__ = ["EngineError", "EngineSettings", "LocalEngine", "Stage", "StageFailure", "Task"]
