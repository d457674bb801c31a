from assets.corpus.syntax import parseable


def test_macros_are_blanked_in_place():
    source = b'#define ARROW_EXPORT\nclass ARROW_EXPORT Table : public Base {\n  FOO_DEPRECATED("no") int f();\n  struct LIST list;\n};\n'
    parsed = parseable(source, "C++")
    assert len(parsed) == len(source) and parsed.count(b"\n") == source.count(b"\n")
    assert parsed.splitlines()[0] == b"#define ARROW_EXPORT"
    assert b"ARROW_EXPORT Table" not in parsed and b"FOO_DEPRECATED" not in parsed
    assert parseable(source, "Java") is source
