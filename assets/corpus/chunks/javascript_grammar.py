"""The grammar of JavaScript for the parser in `javascript_parser`: LL(1), with automatic semicolons as tree-sitter's grammar has them.

A rule names what it reads: signs, keywords, terminals in capitals (see `javascript_terminals`) and other rules. Its first alternative that
the next terminal can begin is taken; the last one for all other terminals, when it begins with none. `?x` looks at x without taking it.
What begins with @ is done by the parser: rows for what stands in blocks, classes, objects and cases, and scopes for these.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FRESH = 128  # added to a terminal that stands on a new line
FIRST_RULE = 256  # symbols: terminals below FRESH, actions from there on, rules from here on
ACTIONS = ("@begin", "@end", "@open", "@close", "@leave", "@note", "@reach", "@comment", "@within", "@check")
_WORDS = """async:y await:U break:b continue:b case:C catch:h class:c const:v debugger:G default:D delete:u do:d else:E enum:Q export:x
extends:e finally:F for:o from:j function:f get:g set:g if:i import:m in:I instanceof:I let:l new:n of:O return:r static:S switch:s throw:T
try:t typeof:u var:v void:u while:w with:W yield:Y"""
KEYWORDS = tuple((word, letter) for word, _, letter in (pair.partition(":") for pair in _WORDS.split()))
_NAME, _WORD = "aLKMHZSOg", "aLKMZSOgyUbChcvGDudEQxeFojfimIlnrsTtwWY"
_TERMINALS = dict(KEYWORDS) | {
    "NAME": _NAME,
    "WORD": _WORD,
    "PROPERTY": "aL",
    "KEY": _WORD + '"0',
    "SPECIFIER": _WORD + '",',
    "LITERAL": '"`p',
    "STRING": '"',
    "TEMPLATE": "`",
    "PATTERN": "p",
    "NUMBER": "0",
    "PARAMETER": "K",
    "PARAMETERS": "A",
    "ASYNC_ARROW": "Z",
    "ARROW": "R",
    "LABEL": "L",
    "MODIFIER": "My",
    "BINARY": "%*+=I",
    "STEP": "P",
    "PREFIX": "!+uUPn",
    "OPTIONAL": "9",
    "SPREAD": "8",
    "SUBSTITUTION": "$",
    "EOF": "\0",
    "VAR": "vl",
    "LOOP": "wW",
}
_CONTINUES = ",:;*%=[(A$?9R&I.8+`p"  # no semicolon is inserted before these

_GRAMMAR = """
Statements: ?} | ?EOF | @begin Statement @end Statements
Statement: { @open Block | function FunctionName Parameters Body | async function FunctionName Parameters Body
    | class NAME ClassRest DeclarationEnd | VAR Variable | if Head Statement Else | LOOP Head Statement
    | switch Head { @open Cases @note } @reach @close | for For | do Statement while Head End | try PlainBody TryRest | break Break
    | debugger End | ; @reach | return Return | throw Expression ExpressionEnd | import Import | export Export | LABEL : Statement
    | Expression ExpressionEnd
Head: ( Expression )
Block: ?} @note } @reach BodyEnd | Statements @note } @reach @check @close
Body: { @open Statements @note } @reach BodyEnd
BodyEnd: ?ENDS @within @close | @close
PlainBody: { @open Statements @note } @reach @check @close
DeclarationEnd: ?ENDS @comment |
End: ?SAME_LINE_; Semicolon | ?ENDS @reach @check
Semicolon: ; @reach
ExpressionEnd: ; @reach | ?ENDS @comment
Variable: Pattern Initializer
Initializer: = Assignment VariableMore | , Variable | End
VariableMore: , Variable | ExpressionEnd
Pattern: NAME | [ Array | { @open Members
Else: else Statement |
Return: End | ?SAME_LINE Expression ExpressionEnd
Break: ?SAME_LINE_NAME BreakName | End
BreakName: NAME End
For: await ( ForFirst Statement | ( ForFirst Statement
ForFirst: VAR Pattern ForMore | ; ForTest | Operand ForMore
ForMore: of Assignment ) | , Operand ForMore | ; ForTest | ) | Step ForMore
ForTest: ; ForUpdate | Expression ; ForUpdate
ForUpdate: ) | Expression )
Cases: ?case @begin case @open @begin Expression @reach @end @note : @reach CaseStatements @close @end Cases
    | ?default @begin default @open @note : @reach CaseStatements @close @end Cases |
CaseStatements: ?case | ?default | ?} | @begin Statement @end CaseStatements
TryRest: catch Catch | finally PlainBody
Catch: ( Pattern ) PlainBody Finally | PlainBody Finally
Finally: finally PlainBody |
Import: STRING With | NAME ImportMore | ImportNames
ImportMore: , ImportNames | from STRING With
ImportNames: * WORD WORD from STRING With | { Names } from STRING With
Names: SPECIFIER Names |
With: with { @open Members End | End
Export: default ExportDefault | * ExportAll | { Names } ExportFrom | function FunctionName Parameters PlainBody
    | async function FunctionName Parameters PlainBody | class NAME ClassRest | VAR Variable
ExportAll: from STRING With | WORD WORD from STRING With
ExportFrom: from STRING With | End
ExportDefault: function DefaultFunction | async function DefaultFunction | class DefaultClass | Assignment ExpressionEnd
DefaultFunction: * DefaultFunction | NAME Parameters Body | Parameters Body Tail ExpressionEnd
DefaultClass: NAME ClassRest DeclarationEnd | ClassRest Tail ExpressionEnd
FunctionName: * NAME | NAME
Parameters: ( Arguments
Function: * Function | NAME Parameters Body | Parameters Body
Class: NAME ClassRest | ClassRest
ClassRest: extends Operand Accesses { @open ClassMembers @note } @reach @check @close | { @open ClassMembers @note } @reach @check @close
ClassMembers: ?; @note ; ClassMembers | ?} | @begin ClassMember @end ClassMembers
ClassMember: MODIFIER ClassMember | static PlainBody | * Key ClassValue | Key ClassValue
ClassValue: Parameters PlainBody | = Assignment End | End
Key: KEY | [ Expression ]
Expression: Assignment More
More: , Assignment More |
Assignment: ASYNC_ARROW Arrow | Arrow | yield Yield | Operand Tail
Arrow: PARAMETER ARROW Value | PARAMETERS Arguments ARROW Value
Value: Body | Assignment
Yield: ?AFTER_YIELD | * Assignment | Assignment
Operand: NAME | NUMBER | STRING Template | TEMPLATE Template | PATTERN | ( Expression ) | [ Array | { @open Members | function Function
    | async function Function | class Class | PREFIX Operand
Tail: Step Tail |
Step: Access | BINARY Assignment | ?SAME_LINE_STEP STEP | ? Assignment : Assignment | OPTIONAL Optional
Accesses: Access Accesses |
Access: . PROPERTY | ( Arguments | [ Expression ] | TEMPLATE Template
Optional: PROPERTY | ( Arguments | [ Expression ]
Template: SUBSTITUTION Expression ) TemplateRest |
TemplateRest: SUBSTITUTION Expression ) TemplateRest | LITERAL Template
Arguments: ) | SPREAD Assignment ArgumentsMore | Assignment ArgumentsMore
ArgumentsMore: , Arguments | )
Array: ] | , Array | SPREAD Assignment ArrayMore | Assignment ArrayMore
ArrayMore: , Array | ]
Members: ?} @note } @leave | @begin Member @reach @end MembersMore
MembersMore: , Members | ?} @note } @leave
Member: MODIFIER Member | * Key Property | SPREAD Assignment | Key Property
Property: Parameters PlainBody | : Assignment | = Assignment |
"""


class Grammar(NamedTuple):
    """The parser's table: `alternatives[rule, terminal]` is 0 for none, else a place in `bounds`, negative when it takes the terminal."""

    alternatives: npt.NDArray[np.int16]
    bounds: npt.NDArray[np.int16]  # (alternatives, 2): where in `symbols` the rest of each begins and ends
    symbols: npt.NDArray[np.int16]  # the first rule is that of a file


Alternative = tuple[list[int], list[str]]  # the terminals that it begins with, and its symbols; one taken first is "+"


@cache
def grammar() -> Grammar:
    """Return the table of the grammar."""
    rules = _rules()
    numbers = {name: FIRST_RULE + number for number, name in enumerate(rules)}
    table, bounds = np.zeros((len(rules), 2 * FRESH), np.int16), [(0, 0)]
    symbols: list[int] = []
    for name in rules:
        for terminals, parts in reversed(_alternatives(name, rules)):
            rest = parts[parts[:1] == ["+"] :]
            table[numbers[name] - FIRST_RULE, terminals] = -len(bounds) if parts[:1] == ["+"] else len(bounds)
            bounds.append((len(symbols), len(symbols) + len(rest)))
            symbols += [_symbol(part, numbers) for part in rest]
    return Grammar(table, np.array(bounds, np.int16), np.array(symbols, np.int16))


def _rules() -> dict[str, list[list[str]]]:
    """Return the alternatives of each rule."""
    lines = _GRAMMAR.strip().replace("\n    ", " ").splitlines()
    named = (line.partition(":") for line in lines)
    rules = {name: [part.split() for part in f"{text} ".split(" | ")] for name, _, text in named}
    return rules | {f"one {name}": [[name]] for name, letters in _TERMINALS.items() if len(letters) > 1}


def _alternatives(name: str, rules: dict[str, list[list[str]]]) -> list[Alternative]:
    """Return what a rule may begin with: where that is another rule, what this one begins with."""
    out: list[Alternative] = []
    for place, parts in enumerate(rules[name]):
        if parts and parts[0] in rules:
            first = _alternatives(parts[0], rules)
            if place < len(rules[name]) - 1:
                first = [one for one in first if len(one[0]) < 2 * FRESH]
            out += [(terminals, symbols + parts[1:]) for terminals, symbols in first]
        elif not parts or parts[0].startswith("@"):
            out.append((list(range(2 * FRESH)), parts))
        else:
            is_looked_at = parts[0][0] == "?" and len(parts[0]) > 1
            out.append((_columns(parts[0][is_looked_at:]), parts[1:] if is_looked_at else ["+", *parts[1:]]))
    return out


def _columns(name: str) -> list[int]:
    """Return the columns of the table that are of a terminal or a set of them."""
    if name == "SAME_LINE":
        return list(range(FRESH))
    if name.startswith("SAME_LINE_"):
        name = name.removeprefix("SAME_LINE_")
        return list(_TERMINALS.get(name, name).encode())
    new_line = [FRESH + terminal for terminal in range(FRESH)]
    if name == "AFTER_YIELD":
        return [*new_line, *b")]},;:\0"]
    if name == "ENDS":
        return [*(column for column in new_line if chr(column - FRESH) not in _CONTINUES), *b"}\0"]
    return [column + fresh for column in _TERMINALS.get(name, name).encode() for fresh in (0, FRESH)]


def _symbol(name: str, numbers: dict[str, int]) -> int:
    if name in ACTIONS:
        return FRESH + ACTIONS.index(name)
    terminals = _TERMINALS.get(name, name)
    return numbers[name] if name in numbers else ord(terminals) if len(terminals) == 1 else numbers[f"one {name}"]
