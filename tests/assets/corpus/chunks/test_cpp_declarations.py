import random
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.code import grammars
from assets.corpus.chunks import cpp_declarations, declarations
from assets.corpus.chunks.declared import KINDS, Declared
from assets.corpus.chunks.syntax import parseable

EXAMPLE = """\
// Copyright.
#ifndef A_H // guard
#define A_H
#include <vector>
#include "b.h"  // ours
#define CALL(x) \\
  call(x)
using namespace std;
typedef void (*handler)(int);
typedef struct { int a; } *pointer, other;
static const int table[] = {1, 2, f({3})};
extern "C" {
// in C
void in_c(int);
}
extern "C" int one(void) { return 1; }
namespace outer { namespace inner::deep {  // of two
inline namespace v1 {
// A class.
template <class T, typename U = vector<int>>
class [[nodiscard]] API_EXPORT Table final : public Base<T>, private virtual ns::Other {
 public:  // access
  // Make one.
  explicit Table(int a, T b = T()) noexcept(true) : a_(a), b_{b}, Base<T>(a) { init(); }
  Table(const Table&) = delete;
  // Default.
  Table() = default;
  virtual ~Table() {}
  /* Add. */
  Table operator+(const Table& other) const;
  Table& operator=(Table&& other) & { return *this; }
  bool operator()(int a) const { return a < 1; }
  explicit operator bool() const { return a_; }
  template <class V> auto get(V v) const -> decltype(v + 1) { return v; }
  static constexpr int size = 1 << 3;
  friend bool operator<(const Table& a, const Table& b) { return false; }
  typedef typename T::type type;
  void nothing() {};
  virtual void pure() = 0;
#if defined(A) && B > 1
  // In a branch.
  void branch() override final;
#elif C
  void branch(int);
#else  // otherwise
  void branch(char) {}
#endif
  enum Color : char { RED, GREEN = 2 } color;
  enum { NAMELESS };
  struct Inner { int x; void f() { struct L { int y; }; } } inner;
 protected:
  int a_{1}; // last
  T b_, *c_;
  unsigned bits : 3;
};
template <> class Table<int, char>;
template <class T> requires Good<T> && (sizeof(T) > 1)
T Table<T>::made(int a) { return a; }
template int made<long>(long);
/// Out of class.
template <class T, class U>
int Table<T, U>::size_of(const std::map<int, T>& m) const noexcept {
  for (int i = 0; i < 3; ++i) { if (i) continue; else break; }
  // choose
  switch (a) { case 1: f(); break; default: { g(); } }
  auto lambda = [&](int x) -> int { return x; };
  do { x++; } while (x < 3);
#ifdef DEBUG
  log({1, 2});
#endif
  try { a(); } catch (...) { b(); }
label:
  return lambda(1);
}
Table<int>::Table() : a_{1} {}
Table<int>::operator int() const { return 1; }
std::ostream& operator<<(std::ostream& out, const T& t) { return out << t; }
// A prototype.
const char* name(int, char c = 'x', ...);
// A variable.
Thing thing(1, "two");

// Not adjacent.

int* pointers(void) { return 0; }
template <class T> concept Good = requires(T t) { t.f(); };
template <class T> using Alias = vector<T>;
enum class Level : unsigned { LOW, /* c */ HIGH };
}}}  // namespace
#endif  // A_H
"""
LINES = EXAMPLE.splitlines(keepends=True)
TOKENS = re.findall(r'//[^\n]*\n|/\*.*?\*/|#[^\n]*\n|"[^"]*"|\w+|::|->|\s+|.', EXAMPLE, re.DOTALL)


def described(text: str) -> tuple[list, list]:
    """Return what is found in the tree, and by tokens with all branches, each in a list that is empty when nothing is certain."""
    source = text.encode()
    parsed = parseable(source, "C++")
    tree = grammars.parse("C++", parsed)
    known = None if tree is None or tree.root_node.has_error else declarations.find(tree.root_node, "C++", source, parsed)
    read = cpp_declarations._found(cpp_declarations._read(source, parsed, is_free=False))
    return [] if known is None else [_facts(known)], [] if read is None else [(listed(read), read.imports)]


def _facts(found: tuple) -> tuple:
    return [(one.kind, one.name, one.start, one.signature, one.end, one.doc, one.parent) for one in found[0]], found[1]


def listed(read: Declared) -> list[tuple]:
    """Return (kind, name, start, signature, end, doc, parent) of each declaration."""
    rows = zip(read.names, read.table.tolist(), strict=True)
    return [(KINDS[row[0]], name, row[1], (row[2], row[3]), row[4], None if row[5] < 0 else (row[5], row[6]), row[7]) for name, row in rows]


def same(text: str) -> bool:
    known, read = described(text)
    return not known or not read or read == known


def test_an_example_reads_as_its_tree() -> None:
    known, read = described(EXAMPLE)
    assert known and read == known
    names = {name.rpartition("v1::")[2] for _, name, *_ in read[0][0]}
    assert {"Table::Table", "Table::operator bool() const", "Table::Inner::f", "Table<T, U>::size_of", "name", "pointers"} <= names


def test_statements_start_where_those_of_the_tree_do() -> None:
    source = EXAMPLE.encode()
    parsed = parseable(source, "C++")
    tree = grammars.parse("C++", parsed)
    read = cpp_declarations.find(source)
    assert tree is not None and read is not None
    for place, known in enumerate(declarations.find(tree.root_node, "C++", source, parsed)[0]):
        for smallest in (0, 8, 64, 1000):
            assert read.statements(place, smallest) == known.statements(smallest), (known.name, smallest)


@pytest.mark.parametrize("line", range(len(LINES)))
def test_the_example_without_a_line_reads_as_its_tree(line: int) -> None:
    assert same("".join(LINES[:line] + LINES[line + 1 :]))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 4))
def test_changed_examples_read_as_their_trees(seed: int, changes: int) -> None:
    chosen = random.Random(seed)
    tokens = list(chosen.choice((TOKENS, LINES)))
    for _ in range(changes):
        at = chosen.randrange(len(tokens))
        tokens[at : at + chosen.choice((0, 0, 1, 3))] = [chosen.choice(tokens)] * chosen.choice((0, 1))
    assert same("".join(tokens))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(LINES), max_size=8).map("".join))
def test_mixed_lines_read_as_their_trees(text: str) -> None:
    assert same(text)


MACROS = """\
NS_BEGIN
namespace a {
// Says so.
template <class T>
MY_INLINE MY_API_ void first(T x) MY_NOEXCEPT_IF(true) {
}
MY_STATIC_ASSERT(x)

class second MY_FINAL_ {
  MY_OBJECT(second)
  MY_CONSTANT int third() { return 1; }
};
}
NS_END
"""


def test_macros_do_not_hide_declarations() -> None:
    read = cpp_declarations.find(MACROS.replace(" MY_FINAL_", "").encode())
    assert read is not None
    names = [one[:2] for one in listed(read)]
    assert names == [("function", "a::first"), ("class", "a::second"), ("method", "a::second::third")]
    assert MACROS.encode()[slice(*listed(read)[0][5])] == b"// Says so."


NOT_CPP = """\
function f(a) { var x = 1; }
import a from "b";
# Title|Some words (here).
public class X { int f() { return 1; } }
def f(x): return x
package a; func main() { x := 1 }
fn main() { let x = 1; }
body { color: red; }
plain words here;
{"a": 1}
class A { constructor() { } }
namespace X { public class Y { } }
int main() {
@a
x ? y
int f() {}|some words that are not of a program
class A : { }
template <class T> struct A
int f(]""".splitlines()


@pytest.mark.parametrize("text", NOT_CPP)
def test_what_is_not_certainly_cpp_is_left_to_the_parser(text: str) -> None:
    assert cpp_declarations.find(text.replace("|", "\n").encode() + b"\n") is None


@settings(deadline=None, max_examples=200)
@given(st.text("aM_:;{}()[]<>,=~#\"'/*&\\ \n0oclasstempl", max_size=40))
def test_no_text_raises(text: str) -> None:
    read = cpp_declarations.find(text.encode())
    for place in [] if read is None else range(len(read.names)):
        read.statements(place, 0)


HOSTILE = r"""
~ |{ |{}|... |-> |MACRO |MACRO() |struct |template < |template <a> |x, |int a = |MACRO\n|a::|a<|a<>|<|int f(){}|struct a {};\n|public:
#include <a>\n|// c\n|{};|= {|operator |a a |int a|extern "C" |a(){}:|[](){|case 1:|friend |enum |a b(|const |#if A\n
T::template a<b>|public: MACRO\n|extern "C" MACRO\n|MACRO int a\n|MACRO;|a:|a{};
"""


@pytest.mark.parametrize("token", re.split(r"[|\n]", HOSTILE.strip()))
def test_time_is_linear(token: str) -> None:
    token = token.replace("\\n", "\n")
    cpp_declarations.find(b"int x;")
    times = []
    for size in (100_000, 400_000):
        start = time.process_time()
        read = cpp_declarations.find(token.encode() * (size // len(token)))
        for place in [] if read is None else range(len(read.names[:3])):
            read.statements(place, 8)
        times.append(time.process_time() - start)
    assert times[1] < 10 * times[0] + 0.5
