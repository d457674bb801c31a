"""The grammar of JavaScript for the parser in `javascript_parser`: LL(1), with automatic semicolons as tree-sitter's grammar has them.

A rule names what it reads: signs, keywords, terminals in capitals (see `javascript_tokens`) and other rules. Its first alternative that
the next terminal can begin is taken; the last one for all other terminals, when it begins with none. `?x` looks at x without taking it.
Types of Flow are read laxly, since they declare nothing: they stand between @type and @typed, a statement of types alone begins with TYPE.
What begins with @ is done by the parser: rows for what stands in blocks, classes, objects and cases, and scopes for these.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

FRESH = 128  # added to a terminal that stands on a new line
FIRST_ACTION = 256 + 128  # symbols: terminals below FRESH, then rules, actions from here on
BITS, COLUMNS, IS_READ, TAKES = 9, 2 * FRESH, 1 << 62, 1 << 63  # of the table: see `grammar`
ACTIONS = ("@begin", "@end", "@open", "@close", "@leave", "@note", "@reach", "@comment", "@within", "@check", "@type", "@typed")
_WORDS = """async:y await:U break:b continue:b case:C catch:h class:c const:v debugger:G default:D delete:u do:d else:E enum:Q export:x
extends:e finally:F for:o from:j function:f get:g set:g if:i import:m in:I instanceof:I let:l new:n of:O return:r static:S switch:s throw:T
try:t type:k opaque:N declare:V interface:J implements:q typeof:u var:v void:u while:w with:W yield:Y"""
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
    "BINARY": "%*+=I<|&",
    "UNION": "|&",
    "TYPES": "<B",
    "TYPED_CALL": "B",
    "GREATER": ">",
    "MARK": "z",
    "TYPE": "k",
    "TYPE_WORD": _WORD + "kH",
    "TYPE_KEY": _WORD + 'kH"0',
    "ELEMENT": "X",
    "STEP": "P",
    "PREFIX": "!+uUPn",
    "OPTIONAL": "9",
    "SPREAD": "8",
    "SUBSTITUTION": "$",
    "EOF": "\0",
    "VAR": "vl",
    "LOOP": "wW",
}
_CONTINUES = ",:;*%=[(A$?9R&I.8+`p<>|Bz"  # no semicolon is inserted before these

_GRAMMAR = """
Statements: ?} | ?EOF | ?TYPE @note @type TypeStatement @typed Statements | @begin Statement @end Statements
Statement: { @open Block | function FunctionName Parameters Body | async function FunctionName Parameters Body
    | class NAME ClassRest DeclarationEnd | VAR Variable | if Head Statement Else | LOOP Head Statement
    | switch Head Switch | for For | do Statement while Head End | try PlainBody TryRest | break Break
    | debugger End | ; @reach | return Return | throw Expression ExpressionEnd | import Import | export Export | LABEL : Statement
    | Expression ExpressionEnd
Head: ( Expression )
Switch: { @open Cases @note } @reach @close
Block: ?} @note } @reach BodyEnd | Statements BlockEnd
BlockEnd: @note } @reach @check @close
Body: { @open Statements BodyLast
BodyLast: @note } @reach BodyEnd
BodyEnd: ?ENDS @within @close | @close
PlainBody: { @open Statements BlockEnd
DeclarationEnd: ?ENDS @comment |
End: ?SAME_LINE_; Semicolon | ?ENDS @reach @check
Semicolon: ; @reach
ExpressionEnd: ; @reach | ?ENDS @comment
Variable: Pattern Annotation Initializer
Initializer: = Assignment VariableMore | , Variable | End
VariableMore: , Variable | ExpressionEnd
Pattern: NAME | [ Array | { @open Members
Else: else Statement |
Return: End | ?SAME_LINE Expression ExpressionEnd
Break: ?SAME_LINE_NAME BreakName | End
BreakName: NAME End
For: await ( ForFirst Statement | ( ForFirst Statement
ForFirst: VAR Pattern Annotation ForMore | ; ForTest | Operand ForMore
ForMore: of Assignment ) | , Operand ForMore | ; ForTest | ) | Step ForMore
ForTest: ; ForUpdate | Expression ForStep
ForStep: ; ForUpdate
ForUpdate: ) | Expression )
Cases: ?case @begin case @open CaseTest Cases | ?default @begin default @open Case Cases |
CaseTest: @begin Expression @reach @end Case
Case: @note : @reach CaseStatements @close @end
CaseStatements: ?case | ?default | ?} | @begin Statement @end CaseStatements
TryRest: catch Catch | finally PlainBody
Catch: ( Pattern Annotation ) PlainBody Finally | PlainBody Finally
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
DefaultFunction: * DefaultFunction | NAME Parameters Body | NamelessFunction DefaultEnd
NamelessFunction: Parameters Body
DefaultEnd: Tail ExpressionEnd
DefaultClass: NAME ClassRest DeclarationEnd | ClassRest DefaultEnd
FunctionName: * NAME | NAME
Parameters: ( ParameterList Annotation | ?TYPES TypeParameters Parameters
TypeParameters: @type TYPES TypeArguments @typed
ParameterList: ) | SPREAD Assignment Parameter | Assignment Parameter
Parameter: ?: @type : Type @typed ParameterDefault | ?MARK @type MARK OptionalType @typed ParameterDefault | ParametersMore
OptionalType: : Type |
ParameterDefault: = Assignment ParametersMore | ParametersMore
ParametersMore: , ParameterList | )
Function: * Function | NAME Parameters Body | Parameters Body
Class: NAME ClassRest | ClassRest
ClassRest: ?TYPES @type TYPES TypeArguments @typed Heritage | Heritage
Heritage: extends Operand Accesses Types Heritage | ?implements @type implements Implemented @typed ClassBody | ClassBody
Implemented: Type ImplementedMore
ImplementedMore: , Implemented |
ClassBody: { @open ClassMembers BlockEnd
ClassMembers: ?; @note ; ClassMembers | ?} | @begin ClassMember @end ClassMembers
ClassMember: MODIFIER ClassMember | static PlainBody | ?+ @type + @typed ClassMember | * Key ClassValue | Key ClassValue
ClassValue: Parameters PlainBody | ?: @type : Type @typed FieldValue | ?MARK @type MARK : Type @typed FieldValue | FieldValue
FieldValue: = Assignment End | End
Key: KEY | [ Expression ]
Expression: Assignment More
More: , Assignment More |
Assignment: ASYNC_ARROW Arrow | Arrow | yield Yield | Operand Tail
Arrow: PARAMETER ARROW Value | PARAMETERS ParameterList Returned ARROW Value
Value: Body | Assignment
Yield: ?AFTER_YIELD | * Assignment | Assignment
Operand: NAME | NUMBER | STRING Template | TEMPLATE Template | PATTERN | ( Expression Cast | ELEMENT Element | [ Array | { @open Members
    | function Function
    | async function Function | class Class | PREFIX Operand
Tail: Step Tail |
Cast: ) | ?: @type : Type @typed )
Step: Access | BINARY Assignment | GREATER Greater | ?SAME_LINE_STEP STEP | ? Assignment : Assignment | OPTIONAL Optional
Greater: GREATER Greater | Assignment
Accesses: Access Accesses |
Access: . PROPERTY | ( Arguments | [ Expression ] | TEMPLATE Template | ?TYPED_CALL @type TYPED_CALL TypeArguments @typed
Optional: PROPERTY | ( Arguments | [ Expression ]
Template: SUBSTITUTION Expression ) TemplateRest |
TemplateRest: SUBSTITUTION Expression ) TemplateRest | LITERAL Template
Element: SUBSTITUTION Embedded ElementRest |
ElementRest: SUBSTITUTION Embedded ElementRest | LITERAL Element
Embedded: ) | SPREAD Assignment ) | Expression )
Arguments: ) | SPREAD Assignment ArgumentsMore | Assignment ArgumentsMore
ArgumentsMore: , Arguments | )
Array: ] | , Array | SPREAD Assignment ArrayMore | Assignment ArrayMore
ArrayMore: , Array | ]
Members: ?} @note } @leave | @begin Member @reach @end MembersMore
MembersMore: , Members | ?} @note } @leave
Member: MODIFIER Member | * Key Property | SPREAD Assignment | Key Property
Property: Parameters PlainBody | : Assignment | = Assignment |
Annotation: ?: @type : Type @typed |
Returned: ?: @type : ReturnedType @typed |
Types: ?TYPES @type TYPES TypeArguments @typed |
TypeStatement: TYPE TypeHead
TypeHead: ; | TYPE TypeHead | ?SAME_LINE_WORD WORD TypeHead | ?SAME_LINE_STRING STRING TypeHead | ?SAME_LINE_{ { TypeMembers TypeHead
    | ?SAME_LINE_( ( TypeList TypeHead | TYPES TypeArguments TypeHead | * TypeHead | , TypeHead | . TypeHead | : Type TypeHead
    | = Type TypeHead | ?ENDS
Type: UNION Type | TypeUnary TypeRest
TypeRest: UNION TypeUnary TypeRest | ARROW Type |
ReturnedType: UNION ReturnedType | TypeUnary ReturnedRest
ReturnedRest: UNION TypeUnary ReturnedRest |
TypeUnary: ? TypeUnary | + TypeUnary | typeof TypeOf TypeSuffix | TypePrimary TypeSuffix
TypeOf: ?SAME_LINE_WORD WORD |
TypePrimary: TYPE_WORD | STRING | NUMBER | * | interface { TypeMembers | { TypeMembers | [ TypeTuple | ( TypeList | PARAMETERS TypeList
TypeSuffix: ?SAME_LINE_[ [ TypeIndex TypeSuffix | . TYPE_WORD TypeSuffix | TYPES TypeArguments TypeSuffix |
TypeIndex: ] | Type ]
TypeTuple: ] | Type TypeTupleMore
TypeTupleMore: , TypeTuple | ]
TypeList: ) | SPREAD TypeList | Type TypeParameter
TypeParameter: : Type TypeListMore | MARK : Type TypeListMore | TypeListMore
TypeListMore: , TypeList | )
TypeArguments: GREATER | Type TypeArgument
TypeArgument: : Type TypeDefault | TypeDefault
TypeDefault: = Type TypeArgumentsMore | TypeArgumentsMore
TypeArgumentsMore: , TypeArguments | GREATER
TypeMembers: } | UNION TypeMembers | , TypeMembers | ; TypeMembers | + TypeMembers | SPREAD TypeMembers | . TypeMembers | MARK TypeMembers
    | : Type TypeMembers | [ Type TypeKey TypeMembers | ( TypeList TypeMembers | PARAMETERS TypeList TypeMembers | { TypeMembers TypeMembers
    | TYPES TypeArguments TypeMembers | TYPE_KEY TypeMembers
TypeKey: : Type ] | ]
"""


Table = npt.NDArray[np.uint64]
Alternative = tuple[list[int], list[str]]  # the terminals that it begins with, and its symbols; one taken first is "+"


@cache
def grammar() -> Table:
    """Return what is read for each symbol and terminal, at COLUMNS * symbol + terminal; the first rule is that of a file.

    That is 0 for nothing, else has IS_READ, TAKES when it takes the terminal, and up to six symbols of BITS bits, the first ones lowest.
    """
    rules = _rules()
    numbers = {name: FRESH + number for number, name in enumerate(rules)}
    table = np.zeros((FRESH + len(rules), COLUMNS), np.uint64)
    for letter in range(1, FRESH):
        table[letter, [letter, FRESH + letter]] = IS_READ | TAKES
    for name, number in numbers.items():
        for terminals, parts in reversed(_alternatives(name, rules)):
            is_taken = parts[:1] == ["+"]
            symbols = [_symbol(part, numbers) << BITS * place for place, part in enumerate(parts[is_taken:])]
            table[number, terminals] = sum(symbols) | IS_READ | TAKES * is_taken
    return table.ravel()


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
        return FIRST_ACTION + ACTIONS.index(name)
    terminals = _TERMINALS.get(name, name)
    return numbers[name] if name in numbers else ord(terminals) if len(terminals) == 1 else numbers[f"one {name}"]
