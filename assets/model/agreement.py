"""How far what was found and what was wanted agree: precision, recall and their harmonic mean."""


def agreement(count: int, n_found: int, n_wanted: int) -> dict[str, float]:
    """Return `matched`, `precision`, `recall` and `f1` of `count` that were both found and wanted."""
    precision, recall = ratio(count, n_found), ratio(count, n_wanted)
    return {"matched": count, "precision": precision, "recall": recall, "f1": ratio(2 * count, n_found + n_wanted)}


def ratio(part: float, whole: int) -> float:
    """Return the share that `part` is of `whole`, 0 of nothing."""
    return part / whole if whole else 0.0
