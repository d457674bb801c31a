import random

import pytest

from assets.corpus.chunks import cpp_declarations

OPENINGS = {
    "namespace a {": "}",
    "class A { int x; ": "};",
    'extern "C" {': "}",
    "#if A\n": "\n#endif\n",
    "int f(": ");",
    "a<": ">;",
    "T x = {": "};",
}
WORDS = (
    "class A|struct|{|}|};|(|)|()|[|]|<|>|;|,|:|::|=|\n|\n#if A\n|\n#else\n|\n#endif\n|\n#include <a>\n|\n#include \\\n|// c\n|/* c */|"
    "namespace|template <class T>|operator|=|0|default|MACRO|MACRO()|int|a|f() {}|~|enum E { A }|public:|"
    '\'|"s"|\\\n|é|extern "C"|using|friend|M::|\0|\r'
)


def names(text: str) -> list[str] | None:
    found = cpp_declarations.find(text.encode())
    return None if found is None else found.names


@pytest.mark.parametrize("opening", OPENINGS)
def test_depth_is_bounded(opening: str) -> None:
    for depth in (200, 256, 257, 300, 5_000):
        found = names("int x;\n" * 10_000 + opening * depth + "int g() {}" + OPENINGS[opening] * depth)
        assert found is None or depth <= 256 or not any(sign in opening for sign in "{(")
        cpp_declarations.find((opening * depth).encode())
    if opening.startswith("namespace"):
        assert names(opening * 100 + "int g() {}" + "}" * 100) == ["a::" * 100 + "g"]


def test_what_the_matcher_would_go_back_to_is_bounded() -> None:
    for part in ("M() a ", "MACRO ", "a::b<c> MACRO() ", "MACRO() "):
        for count in (10, 1_000, 20_000):
            cpp_declarations.find((part * count + "f() {}").encode())


@pytest.mark.parametrize("seed", range(300))
def test_random_texts_do_not_leave_the_bounds(seed: int) -> None:
    chosen = random.Random(seed)
    text = " ".join(chosen.choices(WORDS.split("|"), k=chosen.choice((3, 10, 40))))
    for one in (text, f"{text} {'}' * max(text.count('{') - text.count('}'), 0)}"):
        found = cpp_declarations.find(one.encode())
        if found is not None:
            assert (found.table[:, 1] < found.table[:, 4]).all() and (found.table[:, 4] <= len(one.encode())).all()
            assert (found.table[:, 7] < range(len(found.names))).all()
            for place, row in enumerate(found.table.tolist()):
                borders = found.statements(place, chosen.choice((0, 8)))
                assert borders == sorted(borders) and all(row[1] <= border <= row[4] for border in borders)


def test_macros_that_stand_for_themselves_are_few() -> None:
    assert names("MACRO(a)\n\nint f() {}\n" * 900) is not None
    assert names("MACRO(a)\n\nint f() {}\n" * 1_100) is None
    assert names("int a;\n" + "MACRO(a)\n" * 31 + "int f() {}") is not None
    assert names("int a;\n" + "MACRO(a)\n" * 32 + "int f() {}") == ["f"]


def test_declarations_stand_in_all_branches() -> None:
    whole = "#if A\nint f() {}\n#elif B\nint g() {}\n#else\nint h() {}\n#endif\n"
    assert names(whole) == ["f", "g", "h"]
    for text in ("#endif\n", "#else\n#endif\n", "#if A\n", "#if A\n#else\n#else\n#endif\n", "#if A\n#else /* a */\n#endif\n"):
        assert names(f"int f() {{}}\n{text}") == ["f"]


def test_includes_are_noted_outside_of_classes() -> None:
    text = '#include <a>\nnamespace b {\n#include "c"\nclass A {\n#include "d"\n};\n}\n#include <e>'
    found = cpp_declarations.find(text.encode())
    assert found is not None
    assert [text[start:end] for start, end in found.imports] == ["#include <a>\n", '#include "c"\n', "#include <e>"]
    assert names("#include <a> \n\n // b\nint f() {}") == ["f"]


FREE = {
    "int (min)() { return 1; }": ["(min)"],
    "T min PREVENT_MACRO () const { return 1; }": ["min"],
    "class A {\n // It is.\n int (min)(int a);\n};": ["A", "A::(min)"],
    "EFTH(int a) : x(a) {}": ["EFTH"],
    "T A::EMPTY() {}": ["A::EMPTY"],
    "struct __align__(16) a {\n int f() {}\n};": ["a", "a::f"],
    "auto f(int a) const RETURNS(a + 1)\ntemplate <class T> int g() {}": ["f", "g"],
    "NAMESPACE_V1 {\nint f() {}\n}": ["f"],
    "namespace a ATTRIBUTE(b) {\nint f() {}\n}": ["a::f"],
    "struct { int x; } a = {1};\nint f() {}": ["a", "f"],
    "BEGIN_C\ntypedef struct A { int x; } A;": ["A"],
    "template <class T> enable_if_t<sizeof(T) <= 2, T> f() {}": ["f"],
    "override get(int a) {}": ["get"],
    "int f() {}\nint g() {}\n a b ^ c d;\nint h() {}": ["f", "g", "h"],
}


@pytest.mark.parametrize("text", FREE)
def test_macros_stand_for_names_heads_and_bodies(text: str) -> None:
    assert names(f"int (max)() {{}}\n{text}\n") == ["(max)", *FREE[text]]


def test_little_may_be_lost() -> None:
    lost = "a b ^ c d;\n"
    assert names("int f() { return 1; }\n" * 5 + lost * 2) == ["f"] * 5
    assert names("int f() { return 1; }\n" * 5 + lost * 4) is None
