"""Flow's types are read as if blanks stood in their place, and JSX is read as it stands in the tree."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import grammars
from assets.corpus.chunks import declarations, javascript_declarations
from assets.corpus.chunks.declared import KINDS

# What stands between \u00ab and \u00bb belongs to types.
TYPED = """\u00abimport type {A, B} from 'a';\u00bb
\u00abimport typeof C from 'c';\u00bb
import D, {\u00abtype E\u00bb} from 'd';
\u00abtype F<+T: Object = {}> = {|
  +a: T, b?: ?string, [key: string]: Array<Array<T>>, m(x: number): void, ...G.H,
|} | 'left' | (x: T, ...rest: any) => void;\u00bb
\u00abexport type I = typeof D;\u00bb
\u00abexport opaque type J: string = string\u00bb
\u00abdeclare var __DEV__: boolean;\u00bb
\u00abinterface K { +f: () => {||}; g(): void }\u00bb
/** Adds. */
export function add\u00ab<T>\u00bb(x\u00ab: T\u00bb, y\u00ab?: Array<T>\u00bb = [], {z}\u00ab: {z: T}\u00bb)\u00ab: {a: T}\u00bb {
  const made\u00ab: Map<string, Array<T>>\u00bb = new Map\u00ab<string, Array<T>>\u00bb();
  for (const i\u00ab: T\u00bb of made) { i > 1 >> 2 }
  return (made\u00ab: any\u00bb);
}
export default class L\u00ab<Props: {...}>\u00bb extends M.N\u00ab<Props, State>\u00bb \u00abimplements O\u00bb {
  props\u00ab: Props\u00bb;
  state\u00ab: {a: T}\u00bb = {};
  static p\u00ab: ?T\u00bb = (x\u00ab: T\u00bb)\u00ab: Promise<void>\u00bb => { x };
  q\u00ab<U>\u00bb(x\u00ab: U\u00bb)\u00ab: {a: U}\u00bb { return x ? (x) : y => 1 }
}
const r\u00ab: (x: T) => U\u00bb = async (x\u00ab: T\u00bb)\u00ab: Promise<{a: T}>\u00bb => ({a: x});
exports.s = function (x\u00ab?\u00bb)\u00ab: string\u00bb {}
const t = type => type.declare, u = x ? (y) : z
"""
JSX = """function f() {
  return (
    <View a="it's" b={x => { g }} {...rest} // c
      d='e'>
      it's {y && <Text />}{z}{/* nothing */}
      <></>
      {list.map(function (i) { return <A.B key={i}>{`${i}`}</A.B> })}
    </View>
  )
}
const g = () => <a b={c < d} />
const h = (a, b) => a < b
class A { render() { return <b>c</b> } }
"""


def plain(text: str) -> str:
    """Return a text without marks, and blanks for what stands between them."""
    return re.sub("\u00ab(.*?)\u00bb", lambda found: re.sub(r"[^\n]", " ", found[1]), text, flags=re.DOTALL)


def agrees(text: str, stripped: str) -> bool | None:
    """Tell whether what is read of `text` is what the tree of `stripped` holds; None when one of them is not read."""
    source, tree = stripped.encode(), grammars.parse("JavaScript", stripped.encode())
    read = javascript_declarations.find(text.encode())
    if read is None or tree is None or tree.root_node.has_error:
        return None
    found, imports = declarations.find(tree.root_node, "JavaScript", source, source)
    expected = [(one.kind, one.name, one.start, *one.signature, one.end, *(one.doc or (-1, -1)), one.parent) for one in found]
    facts = [(KINDS[kind], name, *spans) for name, (kind, *spans) in zip(read.names, read.table.tolist(), strict=True)]
    borders = [read.statements(place, 8) for place in range(len(facts))]
    return facts == expected and read.imports == imports and borders == [one.statements(8) for one in found]


def test_types_read_as_blanks() -> None:
    text = re.sub("[\u00ab\u00bb]", "", TYPED)
    assert agrees(text, plain(TYPED))
    read = javascript_declarations.find(text.encode())
    assert read is not None and read.names == ["add", "L", "L.p", "L.q", "r", "s"]


def test_elements_read_as_in_the_tree() -> None:
    assert agrees(JSX, JSX)


@pytest.mark.parametrize("line", range(len(TYPED.splitlines())))
def test_types_without_a_line_read_as_blanks(line: int) -> None:
    lines = TYPED.splitlines(keepends=True)
    text = "".join(lines[:line] + lines[line + 1 :])
    assert text.count("\u00ab") != text.count("\u00bb") or agrees(re.sub("[\u00ab\u00bb]", "", text), plain(text)) is not False


PIECES = re.findall(r"\s+|=>|</?|/>|\w+|[^\w\s]", JSX)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_what_is_read_of_elements_is_what_the_tree_says(data: st.DataObject) -> None:
    pieces = list(PIECES)
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(pieces)))
        pieces[place : place + data.draw(st.integers(0, 2))] = data.draw(st.lists(st.sampled_from(PIECES), max_size=2))
    text = "".join(pieces)
    assert agrees(text, text) is not False


@pytest.mark.parametrize("word", ["type", "opaque", "declare", "interface", "implements"])
def test_words_of_types_are_names(word: str) -> None:
    texts = ["x = {y: y}", "y = 1", "y(y)", "y => y", "y: z()", "var y", "function y() {}", "class A { y() {} }", "x.y\ny = y.z", "{y}"]
    assert all(agrees(text := form.replace("y", word), text) for form in texts)
