from assets.code import grammars
from assets.corpus.chunks.splitting import paragraphs, statements


def test_paragraphs_start_after_blank_lines() -> None:
    assert paragraphs(b"a\n\nb\n\n\nc\nd\n") == [3, 6, 7]
    assert paragraphs("é\n\né".encode()) == [4]
    assert paragraphs(b"") == []


def test_statements_inside_short_ones_are_left_out() -> None:
    source = b"def f():\n    a()\n    if b:\n        c()\n    return d\n"
    tree = grammars.parse("Python", source)
    assert tree is not None
    starts = [source.index(word) for word in (b"a()", b"if", b"c()", b"return")]
    assert statements(tree.root_node, 0) == starts
    assert statements(tree.root_node, len(b"if b:\n        c()")) == [starts[0], starts[1], starts[3]]
