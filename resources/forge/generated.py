"""A project of any size that no one wrote: believable in its shapes, plain in its words."""

import random
from collections.abc import Iterator

from resources.forge.plan import Commit, Edit, End, Project, Pull, Push, Remark, Review, Say, Step, Tree
from resources.forge.size import Size

AREAS = ("billing", "catalog", "delivery", "events", "geometry", "identity", "ledgers", "metrics", "orders", "parcels", "queues", "routes")
VERBS = ("collect", "count", "filter", "group", "merge", "parse", "rank", "resolve", "round", "select", "sort", "split")
NOUNS = ("accounts", "amounts", "batches", "edges", "items", "keys", "lines", "pages", "ranges", "rows", "tokens", "weights")
ASKS = (
    "What happens in `{name}` when `{noun}` is empty?",
    "Please name `{noun}` after what it holds; in `{name}` it is a mapping by now.",
    "`{name}` reads the whole of `{noun}` twice. One pass is enough here.",
    "This bound is off by one for the last of `{noun}`, as `{name}` counts from {value}.",
    "nit: the blank before the bracket in `{name}`",
    "Could `{name}` raise instead of returning {value}? Callers cannot tell it from a result.",
    "I would keep `{noun}` sorted, then `{name}` can stop at {value}.",
    "Nice, `{name}` is much easier to follow this way.",
)
FILES, FUNCTIONS = 36, 8


def project(size: Size) -> Project:
    """Return a project with `size.pull_requests` pull requests and `size.comments` review comments; the same for the same size."""
    dice = random.Random(f"forge {size.seed}")
    base = {f"src/{area}/{noun}.py": _module(dice, area, noun) for area, noun in _places()}
    base |= {"README.md": b"# Generated\n", "LICENSE": LICENSE}
    shares, main = _shares(size), dict(base)
    pulls = tuple(_pull(dice, number, shares[number - 1], size.pull_requests, main) for number in range(1, size.pull_requests + 1))
    return Project(base, pulls)


LICENSE = b"""Licensed under the Apache License, Version 2.0 (the "License"); you may not use these files except in compliance
with the License. You may obtain a copy of the License at http://www.apache.org/licenses/LICENSE-2.0

SPDX-License-Identifier: Apache-2.0
"""


def _places() -> list[tuple[str, str]]:
    return [(AREAS[place % len(AREAS)], NOUNS[place // len(AREAS) * 4 + place % 4]) for place in range(FILES)]


def _shares(size: Size) -> list[int]:
    """Return how many comments each pull request has: every tenth none, the rest of them evenly among the others."""
    commented = [number for number in range(size.pull_requests) if number % 10 != 9 or size.pull_requests < 10]
    each, rest = divmod(size.comments, max(1, len(commented)))
    shares = [0] * size.pull_requests
    for order, number in enumerate(commented):
        shares[number] = each + (order < rest)
    return shares


def _module(dice: random.Random, area: str, noun: str) -> bytes:
    parts = [f'"""{area.title()} of {noun}."""\n']
    for number in range(FUNCTIONS):
        verb, limit = VERBS[(number + dice.randrange(3) * 4) % len(VERBS)], dice.randrange(2, 90)
        parts.append(
            f"\n\ndef {verb}_{noun}_{number}({noun}, limit={limit}):\n"
            f'    """{verb.title()} {noun} up to `limit`."""\n'
            f"    chosen = []\n    for position, entry in enumerate({noun}):\n        if position >= limit:\n            break\n"
            f"        chosen.append(entry * {dice.randrange(2, 9)})\n    return chosen\n"
        )
    return "".join(parts).encode()


def _pull(dice: random.Random, number: int, comments: int, count: int, main: Tree) -> Pull:
    """Return a pull request on `main`, which is changed when it is merged."""
    files = sorted(path for path in main if path.startswith("src/"))
    mine = [files[(number * 3 + offset) % len(files)] for offset in range(3)]
    tree = {path: main[path] for path in mine}
    first, second = comments - comments // 4, comments // 4
    steps: list[Step] = [Push((_commit(dice, number, mine, tree, "Rework"),)), _review(dice, mine, first, number)]
    if number % 2:
        steps.append(Push((_commit(dice, number, mine[:2], tree, "Answer the review of"),)))
    steps.append(_review(dice, mine[:2], second, number))
    if number % 4 == 0:
        steps.append(Say(f"author-{number % 7}", "Rebased in my head, will push after the release."))
    end: End = "open"
    if number <= count - max(2, count // 20):
        end = "squashed" if number % 3 == 1 else "merged"
        main |= tree
    title = f"Rework {mine[0].split('/')[1]} of {number}"
    labels = ("enhancement",) if number % 5 == 0 else ()
    return Pull(number, title, f"Part {number} of the rework.", f"author-{number % 7}", f"rework-{number}", tuple(steps), end, labels)


def _commit(dice: random.Random, number: int, paths: list[str], tree: Tree, what: str) -> Commit:
    """Return a commit that puts a few lines into each file, and takes out half of those that the pull request brought before."""
    for path in paths:
        lines = [line for line in tree[path].decode().split("\n") if f"_{number}_" not in line or dice.random() < 0.5]
        for _ in range(4):
            at = dice.randrange(3, len(lines) - 2)
            lines[at : at + dice.randrange(2)] = list(_inserted(dice, number))
        tree[path] = "\n".join(lines).encode()
    return Commit(f"{what} {number}", tuple(Edit(path, content=tree[path]) for path in paths))


def _inserted(dice: random.Random, number: int) -> Iterator[str]:
    for _ in range(dice.randrange(1, 4)):
        verb, noun = dice.choice(VERBS), dice.choice(NOUNS)
        yield f"    {noun}_{number}_{dice.randrange(10_000)} = {verb}({noun}, {dice.randrange(100)})"


def _review(dice: random.Random, paths: list[str], comments: int, number: int) -> Review:
    remarks, left = [], comments
    while left > 0:
        replies: tuple[tuple[str, str], ...] = ()
        if left > 1 and dice.random() < 0.2:
            replies = ((f"author-{number % 7}", f"Done in {dice.randrange(1 << 28):07x}, thanks."),)
        remarks.append(_remark(dice, dice.choice(paths), replies))
        left -= 1 + len(replies)
    return Review(f"reviewer-{1 + number % 5}", tuple(remarks), "COMMENTED" if comments else "APPROVED")


def _remark(dice: random.Random, path: str, replies: tuple[tuple[str, str], ...]) -> Remark:
    name = f"{dice.choice(VERBS)}_{dice.choice(NOUNS)}_{dice.randrange(FUNCTIONS)}"
    body = dice.choice(ASKS).format(name=name, noun=dice.choice(NOUNS), value=dice.randrange(100))
    until = dice.randrange(1, 4) if dice.random() < 0.15 else None
    return Remark(path, body, dice.randrange(1_000), until, replies=replies)
