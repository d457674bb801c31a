import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets import machine_code
from assets.corpus.chunks import javascript_bindings, javascript_declarations, javascript_parser, javascript_tokens, outline
from assets.corpus.chunks.javascript_grammar import KEYWORDS, grammar

SIGNS = """0 "c" `d` `e${ } f` /g/ ( ) [ ] { } , ; : ? ?. . ... = => + ++ * ** == ! ~ < > >= >> {| |} // /**/ a b; #h label: <a> </a>"""
WORDS = "case default switch class extends static function async get set if else for of in let var const do while return yield await import"
FLOW = "type opaque declare interface implements typeof ?: :T <T> (a:T)=> | &"
SYMBOLS = [
    *SIGNS.split(),
    *WORDS.split(),
    *FLOW.split(),
    "from",
    "export",
    "as",
    "with",
    "try",
    "catch",
    "finally",
    "new",
    "break",
    "throw",
]
PIECES = [symbol + end for symbol in SYMBOLS for end in ("", " ", "\n")]
WHOLE = [
    "class A{",
    "{a(){}}",
    "a=>{",
    "export default ",
    "//c\n",
    "(function(){})()",
    "type A = {a: B};",
    "x = (a: T): U => {}",
    "<a b={c}>{d}</a>",
]
SOUP = st.lists(st.sampled_from(PIECES) | st.sampled_from(WHOLE))
UNTOUCHED = -7


def padded(rows: int, columns: int, dtype: type) -> np.ndarray:
    return np.full((rows + 2, columns), UNTOUCHED, dtype)


def padding(*arrays: np.ndarray) -> list[object]:
    return [one[[0, -1]].ravel().tolist() for one in arrays]


@settings(deadline=None, max_examples=400)
@given(SOUP.map("".join), st.integers(1, 40), st.integers(0, 3))
def test_kernels_stay_within_their_arrays(text: str, deepest: int, texts: int) -> None:
    source = text.encode()
    data, size = np.frombuffer(source, np.uint8), len(source)
    tokens, terminals, comments = padded(size + 1, 3, np.int32), np.full(size + 7, 249, np.uint8), padded(size // 2 + 1, 2, np.int32)
    scratch, kernel = padded(texts, 1, np.int64), machine_code.load("assets.corpus.chunks.javascript_tokens")
    known = padding(tokens, terminals, comments, scratch)
    n = kernel.read(data, 0, outline.keyword_table(KEYWORDS), scratch[1:-1].ravel(), tokens[1:-1], terminals[1:-1], comments[1:-1])
    assert padding(tokens, terminals, comments, scratch) == known
    if n < 0:
        return
    terminals, noted = terminals[1 : n + 1 + javascript_tokens.PADDING].copy(), int(comments[-2, 0])
    rows, scopes, stack = padded(n + noted + 1, 5, np.int32), padded(n + 1, 4, np.int32), np.full(deepest + 2, 7, np.uint64)
    scopes[1], at, known = 0, np.zeros(9, np.int64), padding(rows, scopes, stack)
    at[javascript_parser.OPEN_ROW], at[javascript_parser.COMMENTS] = -1, noted
    arrays = stack[1:-1], rows[1:-1], scopes[1:-1]
    known = padding(rows, scopes, stack)
    kernel = machine_code.load("assets.corpus.chunks.javascript_parser")
    is_sure = kernel.parse(data, tokens[1:-1], terminals, comments[1:-1], grammar(), *arrays, at)
    assert padding(rows, scopes, stack) == known
    if is_sure:
        read = rows[1 : at[javascript_parser.ROWS] + 1], scopes[1 : at[javascript_parser.SCOPES] + 1]
        check_bindings(data, tokens[1:-1], terminals, *read)


def check_bindings(data: np.ndarray, tokens: np.ndarray, terminals: np.ndarray, rows: np.ndarray, scopes: np.ndarray) -> None:
    around, table, named = padded(len(scopes), 6, np.int64), padded(len(rows), 8, np.int64), padded(len(rows) + 1, 9, np.int64)
    imports = padded(len(rows), 2, np.int32)
    around[1:-1] = 0
    around[1] = javascript_bindings.STATEMENTS, -1, -1, -1, -1, -1
    known = padding(around, table, named, imports)
    kernel = machine_code.load("assets.corpus.chunks.javascript_bindings")
    filled = (one[1:-1] for one in (around, table, named, imports))
    kernel.find(data, tokens, terminals, rows, scopes, *filled, np.zeros(2, np.int64))
    assert padding(around, table, named, imports) == known


@pytest.mark.parametrize("deepest", [1, 8, 16])
def test_what_is_nested_too_deep_is_not_read(deepest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    source = b"[" * 16 + b"a" + b"]" * 16
    assert javascript_declarations.find(source) is not None
    monkeypatch.setattr(javascript_declarations, "MAX_DEPTH", deepest)
    assert javascript_declarations.find(source) is None


@pytest.mark.parametrize(("opening", "closing"), [(b"`${", b"}`"), (b"<a>{", b"}</a>")])
def test_texts_in_each_other_too_deep_are_not_read(opening: bytes, closing: bytes) -> None:
    deepest = javascript_declarations.MAX_TEXTS
    assert javascript_declarations.find(b"x = " + opening * deepest + b"a" + closing * deepest) is not None
    deepest += 1
    assert javascript_declarations.find(b"x = " + opening * deepest + b"a" + closing * deepest) is None
