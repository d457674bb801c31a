"""What `Forge.update` lets happen: more steps for a pull request that is there already."""

from dataclasses import replace

from resources.forge.history import History
from resources.forge.plan import Commit, Edit, Project, Push, Remark, Review, Step


def with_updates(project: Project, numbers: list[int]) -> Project:
    """Return the project with one update after another, each of a pull request by its number."""
    for round_number, number in enumerate(numbers, start=1):
        steps = _steps(project, number, round_number)
        project = replace(project, updates=(*project.updates, (number, steps)))
    return project


def _steps(project: Project, number: int, round_number: int) -> tuple[Step, ...]:
    history = History(project)
    told = next(told for told in history.told if told.pull.number == number)
    old, new = history.tree(told.head.fork), history.tree(told.head.mark)
    path = next(path for path in sorted(new) if old.get(path) != new[path] and b"\0" not in new[path])
    line = f"# Looked at once more: {round_number}."
    review = "Please say what was looked at, or leave the remark out."
    if told.pull.end != "open":
        return (Review("reviewer-2", (Remark(path, f"Late to the party, but is this still true? ({round_number})", 0),)),)
    commit = Commit(f"Look at it once more ({round_number})", (Edit(path, content=new[path].rstrip(b"\n") + f"\n{line}\n".encode()),))
    return Push((commit,)), Review("reviewer-1", (Remark(path, review, line),), "CHANGES_REQUESTED")
