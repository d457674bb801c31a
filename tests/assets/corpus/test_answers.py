from assets.corpus.answers import code_without_docstring, fenced, tidy


def test_tidy():
    assert tidy("See :py:meth:`~a.B.c`  and\n   ``x`` [1]_.\n- one\n  more\n- two") == "See `a.B.c` and `x`.\n- one more\n- two"


def test_fence_is_longer_than_those_inside():
    assert fenced("a\n````\nb", "C++") == "`````cpp\na\n````\nb\n`````"


def test_code_on_the_line_of_its_docstring():
    text = 'def f(): "Say it."; return 1'
    shown = code_without_docstring({"text": text, "docstring_start": 9, "docstring_end": 18, "language": "Python"})
    assert shown == "```python\ndef f(): ; return 1\n```"
