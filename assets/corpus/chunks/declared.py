"""What a file declares, as a table: an object for each declaration would cost more than to read the file."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

KINDS = ("function", "method", "class")
FUNCTION, METHOD, CLASS = range(3)  # places in KINDS
KIND, START, SIGNATURE_START, SIGNATURE_END, END, DOC_START, DOC_END, PARENT = range(8)  # columns of `Declared.table`


class Declared(NamedTuple):
    """The functions, methods and classes of a file, by start, outer before inner; offsets are bytes [start, end) of its UTF-8.

    A declaration goes from START to END, decorators and the comment above it included. DOC_START and DOC_END are -1 where nothing
    documents it, PARENT is the place of the class around it, -1 for none.
    """

    names: list[str]  # with those of the classes around
    table: npt.NDArray[np.int64]  # (declarations, 8), contiguous
    imports: list[tuple[int, int]]  # the import or include statements, by start
    statements: Callable[[int, int], list[int]]  # (declaration, smallest) -> as `splitting.statements` of it
