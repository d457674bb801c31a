import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.corpus.generation.code_blocks import broken
from assets.corpus.generation.fences import blocks, without_blocks


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from("`~a \n"), max_size=60))
def test_blocks_lie_in_order_and_the_rest_has_none(text):
    found = blocks(text)
    ends = [0, *(block.end for block in found)]
    assert all(end <= block.start < block.end for end, block in zip(ends, found, strict=False)) and ends[-1] <= len(text)
    assert all(block.is_closed for block in found[:-1])
    kept = len(text) - sum(block.end - block.start for block in found)
    assert len(without_blocks(text)) == kept


def test_a_fence_in_a_longer_fence_is_text():
    found = blocks("a\n````md\n```py\nx\n```\n````\nb\n~~~\ny")
    assert [(block.language, block.code, block.is_closed) for block in found] == [("md", "```py\nx\n```\n", True), ("", "y", False)]
    assert without_blocks("a\n```\nx\n```\nb") == "a\nb"


@pytest.mark.parametrize(
    ("block", "language", "expected"),
    [
        ("```python\nx = 1\n```", None, []),
        ("```py\n    x = 1\n    y = 2\n```", None, []),
        ("```python\nx = (\n```", None, ["Python"]),
        ("```\nx = (\n```", "Python", ["Python"]),
        ("```\nx = (\n```", None, []),
        ("```python\n>>> add(1)\n>>> for x in y:\n...     z\n1 2 3 (\n```", None, []),
        ("```pycon\n>>> add(1\n```", None, ["Python"]),
        ("```java\nint f(int x) { return x; }\n```", None, []),
        ("```java\nint f(int x { return x; }\n```", None, ["Java"]),
        ("```cpp\nint f() { return 1; }\n```", None, []),
        ("```javascript\nconst f = () => {\n```", None, ["JavaScript"]),
        ('```json\n{"a": 1,}\n```', None, ["JSON"]),
        ("```rust\nfn (((\n```", None, []),
        ("```text\n(((\n```", "Python", []),
        ("```python\r\nx = 1\r\n```", None, []),
        ("```python\nx = 1", None, ["Python"]),
        ("```\n```", "Python", []),
        ("no block", "Python", []),
    ],
)
def test_broken(block, language, expected):
    assert broken(f"An answer:\n\n{block}", language) == expected
