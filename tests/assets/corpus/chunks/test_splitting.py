from assets.code import grammars
from assets.corpus.chunks.splitting import statements


def test_statements_inside_short_ones_are_left_out() -> None:
    source = b"def f():\n    a()\n    if b:\n        c()\n    return d\n"
    tree = grammars.parse("Python", source)
    assert tree is not None
    starts = [source.index(word) for word in (b"a()", b"if", b"c()", b"return")]
    assert statements(tree.root_node, 0) == starts
    assert statements(tree.root_node, len(b"if b:\n        c()")) == [starts[0], starts[1], starts[3]]
