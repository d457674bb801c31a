"""What is read of a JavaScript file is what its tree holds."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import grammars
from assets.corpus.chunks import declarations, javascript_declarations
from assets.corpus.chunks.declared import KINDS, Declared

EXAMPLE = r"""#!/usr/bin/env node
"use strict"
import a, {b as c} from "a" // c
import * as d from 'd';
/** Adds. */
export default async function add(x, {y = 1, ...z} = {}, ...rest) {
  // of the switch
  switch (x) {
    case 1: // one
      return y ? {x} : [1, , 2]
    // between
    case "a" + y: { break }
    default:
  }
  outer: for (const i of rest) { if (i) continue outer; else x++ }
  for (let i = 0, n = 1; i < n; i += 1);
  do x-- ; while (x > 0)
  try { throw new Error(`a ${x}${`b ${y}`} c`) } catch { } finally { z.await }
  var f = function* () { yield; yield* [...new Set(x)] } // of f
  while (x) {} // of the block
  l: { let seek; a: { var b } }
  const big = ~~x, not = !!y, pow = 2 ** 3
  return x => ({x, y() {}}), async (y) => { await y }
}

// trails

// above
// this
export class Point extends Base(Object) { // brace
  static #count = 0; static { count() }
  x = () => { this.y() }
  get 'a'() { return /[/]'/g.test(this.#b) }
  static async *[Symbol.iterator](a, b) {}
  Inner = class Named { constructor() {} };
  y // no value
  set z(v) {}
}
const first = 1, second = function () {}
let {one, two} = three
exports.run = function runs(a) { return a && function () { a?.b?.(c)?.[d] ?? e } }
Point.prototype.move = async => async + 1 // it moves
module.exports = {
  // of a
  a: function () {}, // trails
  /* of b */
  b, ...c,
  'd': { e: (x) => x, get f() { return 1 }, 1: class {} },
  async g() {}
};
;(function (root) {
  function inside() {}
  if (root) { function hidden() {} }
  { var shown = class Own {} }
})(this)
!function () { function hidden() {} }()
x = function () {}.bind(this)
export const made = function own() {}, other = 1
export const kept = function own() {}
export { first as default, second }
"""
TOKENS = re.findall(r"\s+|//.*|/\*.*?\*/|`|\w+|=>|[^\w\s]", EXAMPLE)


def read_facts(read: Declared) -> tuple[object, ...]:
    facts = []
    for name, (kind, start, *signature, end, doc, doc_end, parent) in zip(read.names, read.table.tolist(), strict=True):
        facts.append((KINDS[kind], name, start, tuple(signature), end, None if doc < 0 else (doc, doc_end), parent))
    return facts, [[read.statements(place, smallest) for smallest in (0, 8, 64)] for place in range(len(facts))], read.imports


def tree_facts(source: bytes) -> tuple[object, ...] | None:
    """Return what the tree declares, None when the parser finds errors."""
    tree = grammars.parse("JavaScript", source)
    if tree is None or tree.root_node.has_error:
        return None
    found, imports = declarations.find(tree.root_node, "JavaScript", source, source)
    facts = [(one.kind, one.name, one.start, one.signature, one.end, one.doc, one.parent) for one in found]
    return facts, [[one.statements(smallest) for smallest in (0, 8, 64)] for one in found], imports


def agrees(source: bytes) -> bool:
    """Tell whether what is read, if it is, is what stands in the tree, unless the parser finds errors."""
    read = javascript_declarations.find(source)
    known = None if read is None else tree_facts(source)
    return read is None or known is None or read_facts(read) == known


def test_an_example_reads_as_its_tree() -> None:
    read = javascript_declarations.find(EXAMPLE.encode())
    assert read is not None and read_facts(read) == tree_facts(EXAMPLE.encode())
    names = "add Point Point.x Point.'a' Point.[Symbol.iterator] Point.Named Point.Named.constructor Point.z run Point.move"
    assert read.names == [*names.split(), "a", "d.e", "d.f", "d.1", "g", "inside", "Own", "own"]
    assert read.table.flags.c_contiguous and read.table.dtype.name == "int64"


@pytest.mark.parametrize("line", range(len(EXAMPLE.splitlines())))
@pytest.mark.parametrize("end", ["\n", "\r\n", " // c\n"])
def test_the_example_without_a_line_reads_as_its_tree(line: int, end: str) -> None:
    lines = EXAMPLE.splitlines()
    assert agrees(end.join(lines[:line] + lines[line + 1 :]).encode())


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_what_is_read_of_a_mixture_is_what_the_tree_says(data: st.DataObject) -> None:
    start, length = data.draw(st.integers(0, len(TOKENS))), data.draw(st.integers(0, 80))
    tokens = TOKENS[start : start + length]
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(tokens)))
        tokens[place : place + data.draw(st.integers(0, 2))] = data.draw(st.lists(st.sampled_from(TOKENS), max_size=2))
    assert agrees("".join(tokens).encode())


STATEMENTS = (
    "a b=1 f() {} {a} return ; if(a)b else while(a) for(;;) do x=function(){} y=()=>{} (z) [0] +a ++b `t` /r/.c l: class_A{m(){}} // /*c*/"
)
PIECES = [word.replace("_", " ") + end for word in STATEMENTS.split() for end in ("", " ", "\n", " // d\n", ";")]


@settings(deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=7).map("".join))
def test_statements_end_where_they_do_in_the_tree(text: str) -> None:
    assert agrees(f"function f() {{ {text} }}".encode())


NOT_JAVASCRIPT = ["words in a row", "# Title\n\nText.", "const a: = 1", "import type", "f(x: y)", "a = = b"]
NOT_JAVASCRIPT += ["if (a", "}", "a ? b", "function (a) {}", "class {}", "x = {a b}", "x = {a: 1;}", "class A { a, b }", "@d class A {}"]
NOT_JAVASCRIPT += ["return return", "for (a) b c", "enum A {}", "interface {}", "int main() { return 0; }", "public class A {}"]
NOT_JAVASCRIPT += [
    "def f(x):\n  return x\n",
    "\ufeffa",
    "a\rb",
    "\u00e9 = 1",
    "do a",
    "try {}",
    "switch (a) { b }",
    "case a:",
    "else b",
    "() + 1",
]
NOT_JAVASCRIPT += [
    "(a, )",
    "x => {} + 1",
    "{ a: 1 }",
    "a => ",
    "new",
    "export a",
    "import {1} from a",
    "`${a",
    "x = <a>",
    "x = <a></a></a>",
    "x = <a b></a",
    "x = a?:b",
    "type A = ",
    "type A = {a: }",
    "function f(a: B",
    "a b => c",
    "var",
]


@pytest.mark.parametrize("source", NOT_JAVASCRIPT)
def test_what_is_not_certainly_javascript_is_left_to_the_parser(source: str) -> None:
    assert javascript_declarations.find(source.encode()) is None


HOSTILE = [
    "a\n",
    "// c\n",
    "/**/",
    "a;",
    "if(a)",
    "a:",
    "if(a);else ",
    "{}",
    "(a)\n",
    "x=function(){}//c\n",
    "f(function(){}//c\n)\n",
    "import{a}from'a'\n",
]
HOSTILE += [
    "a=",
    "a=>",
    "a?b:",
    "class A{}",
    "export{a}\n",
    "case a:",
    "`${a}`;",
    "do ",
    "!",
    "+ +",
    "for(;;)",
    "exports.a=function(){};",
    "a/**/\n",
    "a<b,",
    "a<",
    "a<b>(c);",
    "x=(a:b):c=>d;",
    "x:a|b=>",
    "type A=B\n",
    "x=<a>{",
    "<a/>;",
    "<a>b</a>;",
]


@pytest.mark.parametrize("token", HOSTILE)
def test_time_is_linear(token: str) -> None:
    javascript_declarations.find(b"")
    source = token.encode() * (1_000_000 // len(token))
    start = time.process_time()
    javascript_declarations.find(source)
    assert time.process_time() - start < 4
