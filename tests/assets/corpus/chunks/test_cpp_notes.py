import pytest

from assets.corpus.chunks import cpp_declarations
from assets.corpus.chunks.declared import CLASS, DOC_END, DOC_START, END, FUNCTION, KIND, METHOD, PARENT, SIGNATURE_END, START, Declared

BLANKS = [chr(code) for code in range(0x3001) if chr(code).isspace() and code > 127]


def read(text: str) -> Declared:
    found = cpp_declarations.find(text.encode())
    assert found is not None
    return found


def docs(text: str) -> list[str | None]:
    found = read(text)
    return [None if row[DOC_START] < 0 else text.encode()[row[DOC_START] : row[DOC_END]].decode() for row in found.table]


def test_names_have_those_around_and_one_blank_for_whatever_stands_in_them() -> None:
    text = "namespace a::\n b {\nstruct /* of */ C {\n operator\n  bool() {}\n  C() {}\n};\nint C :: f() {}\nint g() {}\n}\nint h() {}\n"
    found = read(text + "struct { int x; };")
    assert found.names == ["a:: b::C", "a:: b::C::operator bool()", "a:: b::C::C", "a:: b::C :: f", "a:: b::g", "h", "anonymous"]
    assert found.table[:, KIND].tolist() == [CLASS, METHOD, METHOD, METHOD, FUNCTION, FUNCTION, CLASS]
    assert found.table[:, PARENT].tolist() == [-1, 0, 0, -1, -1, -1, -1]


@pytest.mark.parametrize("blank", ["\t", "\f", *BLANKS])
def test_a_blank_is_what_python_takes_for_one(blank: str) -> None:
    source = f"Type operator x{blank}é::y{blank * 2}z() {{}}\nint a{blank}::b() {{}}"
    found = cpp_declarations.find(source.encode())
    for name in [] if found is None else found.names:
        assert name == " ".join(name.split())


COMMENTED = {
    "// a\n// b\nint f() {}": "// a\n// b",
    "// a\n\n// b\nint f() {}": "// b",
    "// a\n\nint f() {}": None,
    "// a\n \t\nint f() {}": None,
    "/* a */\n// b\nint f() {}": "// b",
    "/* a */ int f() {}": "/* a */",
    "int x; // a\nint f() {}": None,
    "int x; // a\n// b\nint f() {}": "// b",
    "int x;\n// a\n// b\nint f() {}": "// a\n// b",
    "#define A\n// a\nint f() {}": "// a",
    "#if A\nint x;\n#else // a\n// b\nint f() {}\n#endif": "// a\n// b",
    "// a\nint f(int);": "// a",
}


@pytest.mark.parametrize("text", COMMENTED)
def test_the_comment_above_is_the_doc(text: str) -> None:
    assert docs(text) == [COMMENTED[text]]


def test_a_declaration_begins_with_its_line_and_ends_with_its_semicolon() -> None:
    text = "  // a\n  struct A { int x; } ;\n" + " " * 400 + "int f() {}\n" + " " * 401 + "int g() { }  "
    found = read(text)
    assert [text[row[START] : row[END]].strip() for row in found.table] == ["// a\n  struct A { int x; }", "int f() {}", "int g() { }"]
    assert found.table[0, START] == 0 and text[found.table[1, START]] == " " and text[found.table[2, START]] == "i"
    assert text[: found.table[1, SIGNATURE_END]].endswith("int f() ")


def test_names_that_take_too_much_memory_are_left_to_the_parser() -> None:
    name = "n" * 5_000
    assert cpp_declarations.find(f"namespace {name} {{ {'void f() {} ' * 10} }}".encode()) is not None
    assert cpp_declarations.find(f"namespace {name} {{ {'void f() {} ' * 50} }}".encode()) is None
    assert cpp_declarations.find(f"class {name} {{ {'class a { int b; }; ' * 20} }};".encode()) is None


def test_what_may_be_two_things_is_a_function_in_a_class() -> None:
    assert docs("// a\nT x(1)(), y;") == []
    assert docs("struct A { /**/ T x(1); };") == [None, "/**/"]
