"""What kernels and queries are held to, written down plainly."""

from assets.corpus.splits import fingerprints


def spoken(messages: list[dict[str, str | None]], role: str | None = None) -> list[str]:
    """Return the words of what the messages of `role` say and call, or all but the system's."""
    chosen = [said for said in messages if said["role"] == role or (role is None and said["role"] != "system")]
    return fingerprints.words("\n".join(part for said in chosen for part in (said["content"], said["tool_calls"]) if part))


def runs(words: list[str], n_words: int) -> set[tuple[str, ...]]:
    """Return all runs of `n_words` words; a shorter text is one run."""
    return {tuple(words[at : at + n_words]) for at in range(max(len(words) - n_words, 0) + 1) if words}
