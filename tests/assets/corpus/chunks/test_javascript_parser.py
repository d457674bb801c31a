import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.corpus.chunks import javascript_bindings, javascript_parser, javascript_terminals, outline
from assets.corpus.chunks.javascript_grammar import KEYWORDS, grammar

SIGNS = """0 "c" `d` `e${ } f` /g/ ( ) [ ] { } , ; : ? ?. . ... = => + ++ * ** == ! ~ < // /**/ a b; #h label:"""
WORDS = "case default switch class extends static function async get set if else for of in let var const do while return yield await import"
SYMBOLS = [*SIGNS.split(), *WORDS.split(), "from", "export", "as", "with", "try", "catch", "finally", "new", "break", "throw"]
PIECES = [symbol + end for symbol in SYMBOLS for end in ("", " ", "\n")]
SOUP = st.lists(st.sampled_from(PIECES) | st.sampled_from(["class A{", "{a(){}}", "a=>{", "export default ", "//c\n", "(function(){})()"]))
UNTOUCHED = -7


def padded(rows: int, columns: int, dtype: type) -> np.ndarray:
    return np.full((rows + 2, columns), UNTOUCHED, dtype)


@settings(deadline=None, max_examples=400)
@given(SOUP.map("".join), st.integers(1, 40))
def test_kernels_stay_within_their_arrays(text: str, deepest: int) -> None:
    source = text.encode()
    found = outline.rows(source, "JavaScript", KEYWORDS)
    if found is None:
        return
    tokens, shape = found
    n, most = len(shape), len(shape) + int(tokens[-1, 0]) + 1
    rows, scopes, stack = padded(most, 5, np.int32), padded(n + 1, 4, np.int32), padded(deepest, 1, np.int16)
    scopes[1] = 0
    terminals, at = np.zeros(n + javascript_terminals.PADDING, np.uint8), np.zeros(8, np.int64)
    terminals[:n] = shape
    at[javascript_parser.OPEN_ROW], at[javascript_parser.COMMENTS], tokens[n, 0] = -1, tokens[-1, 0], len(source)
    data, inner = np.frombuffer(source, np.uint8), (stack[1:-1].ravel(), rows[1:-1], scopes[1:-1])
    machine_code.load("assets.corpus.chunks.javascript_terminals").classify(data, tokens, terminals)
    is_sure = machine_code.load("assets.corpus.chunks.javascript_parser").parse(data, tokens, terminals, *grammar(), *inner, at)
    assert all((one[[0, -1]] == UNTOUCHED).all() for one in (rows, scopes, stack))
    count = at[javascript_parser.ROWS]
    if is_sure:
        around, table, named = padded(n + 1, 6, np.int64), padded(most, 8, np.int64), padded(most + 1, 9, np.int64)
        around[1:-1] = 0
        around[1] = javascript_bindings.STATEMENTS, -1, -1, -1, -1, -1
        kernel = machine_code.load("assets.corpus.chunks.javascript_bindings")
        place = rows[1 : count + 1], scopes[1 : at[javascript_parser.SCOPES] + 1]
        kernel.find(data, tokens, terminals, *place, around[1:-1], table[1:-1], named[1:-1], np.zeros(1, np.int64))
        assert all((one[[0, -1]] == UNTOUCHED).all() for one in (around, table, named))


@pytest.mark.parametrize("deepest", [1, 8, 16])
def test_what_is_nested_too_deep_is_not_read(deepest: int) -> None:
    source = b"((((((((a))))))))"
    tokens, shape = outline.rows(source, "JavaScript", KEYWORDS) or pytest.fail("no tokens")
    tokens[len(shape), 0] = len(source)
    terminals, at = np.append(shape, np.zeros(javascript_terminals.PADDING, np.uint8)), np.zeros(8, np.int64)
    at[javascript_parser.OPEN_ROW] = -1
    arrays = np.empty(deepest, np.int16), np.empty((18, 5), np.int32), np.zeros((18, 4), np.int32)
    machine_code.load("assets.corpus.chunks.javascript_terminals").classify(np.frombuffer(source, np.uint8), tokens, terminals)
    kernel = machine_code.load("assets.corpus.chunks.javascript_parser")
    assert kernel.parse(np.frombuffer(source, np.uint8), tokens, terminals, *grammar(), *arrays, at) == 0
