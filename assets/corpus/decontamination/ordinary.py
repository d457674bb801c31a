"""Words that every other program and question holds: a run of them alone does not say where it is from. Nor do numbers and tiny words."""

_CODE = """
and as assert async await break case catch char class const continue def default del delete do double elif else enum except export
extends false final finally float for from function global if implements import in int interface is lambda let long match new none
nonlocal not null or package pass print private protected public raise return self short static str string struct super switch this throw
throws true try type typeof undefined var virtual void while with yield
all any append args bool bytes cls data dict dictionary enumerate error exception extend filter format get hash init input insert
isinstance items iter join key keys kwargs len length list lists map math max message min module name next number numbers num nums object
obj open optional ord output param params path pop range re remove result results ret res reversed round set size slice sort sorted split
start end stop strip sum sys temp text tmp tuple typing union update val value values vector word words zip array arr index idx count
counter total first last left right chars element elements line lines file main test tests valueerror typeerror keyerror
"""
_ENGLISH = """
a an the of to on at by without that which these those it its are was be been can will should must may no then when where there what how
each every both other another same given returns returned write python functions method example examples note find check whether use
using used following above below than more less most least between into out up zero one two three four five six seven eight nine ten
i e g also only your you we code program task
"""
# Keywords and much used names of Python, Java, C++ and JavaScript; function words of English and of tasks.
WORDS = frozenset((_CODE + _ENGLISH).split())
