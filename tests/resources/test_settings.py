from pathlib import Path

import pytest

from resources.settings import PROFILES, Settings, SettingsError, load


def profile(folder: Path, text: str) -> str:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", sorted(path.stem for path in PROFILES.glob("*.yaml")))
def test_every_profile_that_is_shipped_is_valid(name: str) -> None:
    assert isinstance(load(name), Settings)


def test_the_profile_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORPUSMITH_PROFILE", profile(tmp_path, "engine: {workers: 1}"))
    assert load().engine.workers == 1
    monkeypatch.delenv("CORPUSMITH_PROFILE")
    assert load() == load("default")


@pytest.mark.parametrize(
    ("text", "key", "remedy"),
    [
        ("engin: {workers: 1}", "engin", "Known keys here: .*engine"),
        ("engine: {wrkers: 1}", "engine.wrkers", "Known keys here: inline_max_bytes, shard_max_bytes, workers"),
        ("engine: {workers: many}", "engine.workers", "valid integer"),
        ("engine: {workers: -1}", "engine.workers", "greater than or equal to 0"),
        ("code: {reading: {max_file_bytes: 1 MB}}", "code.reading.max_file_bytes", "valid integer"),
        ("checks: {max_row_loss_share: 50}", "checks.max_row_loss_share", "less than or equal to 1"),
        ("sources: {code: {repositories_from: [/no/list.txt]}}", "sources.code.repositories_from.0", "/no/list.txt is not a file"),
        ("sources: {code: {opt_outs: /no/list.yaml}}", "sources.code.opt_outs", "Keep it, with empty lists"),
        ("code: {licenses: {allow: [no such licence]}}", "code.licenses.allow.0", "neither an SPDX licence id nor"),
        ("code: {deduplication: {survivor_order: nonsense}}", "code.deduplication.survivor_order", "nonsense"),
        ("sources: {code: {folders: [/no/such/folder]}}", "sources.code.folders.0", "/no/such/folder is not a folder"),
        ("sources: {code: {packages: [click, no-such-thing]}}", "sources.code.packages.1", "no-such-thing is not installed"),
        ("sources: {code: {git: [{url: /no/such/repository}]}}", "sources.code.git.0.url", "/no/such/repository is not there"),
        ("sources: {code: {git: [{ref: main}]}}", "sources.code.git.0.url", "Field required"),
        ("sources: {code: {packages: [networkx], git: {}}}", "sources.code.git", "valid list"),
        ("engine: [", "not valid YAML", "mine.yaml"),
        ("- a\n- b", "mine.yaml", "valid dictionary|Settings"),
    ],
)
def test_what_is_wrong_is_named_with_file_key_and_remedy(tmp_path: Path, text: str, key: str, remedy: str) -> None:
    with pytest.raises(SettingsError, match=remedy) as caught:
        load(profile(tmp_path, text))
    assert key in str(caught.value) and "mine.yaml" in str(caught.value)


def test_values_are_not_repeated_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(profile(tmp_path, "engine: {workers: 'ghp_secret'}"))
    assert "ghp_secret" not in str(caught.value)


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no profile 'nowhere': give one of default, demo"):
        load("nowhere")


def test_every_section_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().engine.workers = 3  # type: ignore[misc]


def test_one_answer_style_for_generation_and_training() -> None:
    corpus = Settings.model_validate({"corpus": {"answer_style": "thorough", "chat": {"system_prompt": "Help."}}}).corpus
    assert corpus.generation.answer_style == corpus.chat.answer_style == "thorough" and corpus.chat.system_prompt == "Help."
    for wrong in ({"chat": {"answer_style": "thorough"}}, {"answer_style": "concise", "generation": {"answer_style": "stepwise"}}):
        with pytest.raises(ValueError, match=r"corpus\.answer_style alone"):
            Settings.model_validate({"corpus": wrong})
