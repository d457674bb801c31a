"""How answers are to be written: one text, the same in generation, in the training prompt, in evaluation and in serving."""

STYLES = {
    "concise": "Answer precisely and briefly, with nothing that is not in the context.",
    "thorough": (
        "Answer completely and in order: what was asked for first, then the conditions, exceptions and consequences that belong to it. "
        "Say nothing that is not in the context."
    ),
    "stepwise": (
        "Answer in short numbered steps, in the order in which they happen, and one sentence each. Say nothing that is not in the context."
    ),
}
DEFAULT = "concise"


def style_text(style: str) -> str:
    """Return the text of the style called `style`, or `style` itself where it is a text of one's own.

    Raises ValueError for a single word that names no style: that is a slip of the pen, not a text.
    """
    if style in STYLES:
        return STYLES[style]
    if len(style.split()) < 2:
        raise ValueError(f"answer style {style!r} is neither one of {', '.join(STYLES)} nor a text")
    return style.strip()
