"""What was compiled is made once, and again when what it was made of changed, it went bad, or it cannot be kept."""

from pathlib import Path

from assets import compiled


def test_it_is_made_once_for_what_it_was_made_of(tmp_path: Path) -> None:
    made: list[str] = []

    def of(text: str) -> bytes:
        return compiled.kept(tmp_path / "rules.py", text, ".db", lambda: made.append(text) or text.upper().encode())

    assert [of("one"), of("two"), of("one")] == [b"ONE", b"TWO", b"ONE"]
    assert made == ["one", "two"]


def test_what_went_bad_is_made_again(tmp_path: Path) -> None:
    source = tmp_path / "rules.py"
    compiled.kept(source, "one", ".db", lambda: b"good")
    (file,) = tmp_path.rglob("*.db")
    for damaged in (b"", file.read_bytes()[:-1], file.read_bytes() + b"!"):
        file.write_bytes(damaged)
        assert compiled.kept(source, "one", ".db", lambda: b"good again") == b"good again"


def test_where_nothing_can_be_written_it_is_made_each_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    made = [compiled.kept(tmp_path / "file" / "rules.py", "one", ".db", lambda: b"data") for _ in range(2)]
    assert made == [b"data", b"data"] and [path.name for path in tmp_path.iterdir()] == ["file"]
