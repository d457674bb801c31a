import polars as pl
import pytest

from assets import ledger
from assets.redaction import residual
from assets.redaction.redaction import RedactionSettings, redact, redact_text
from assets.redaction.rulebook import groups
from tests.assets.redaction import labelled, values
from tests.assets.redaction.test_quality import SETS


def frame(texts: list[str], languages: list[str | None]) -> pl.DataFrame:
    return pl.DataFrame(
        {"id": [f"{row:032x}" for row in range(len(texts))], "content": texts, "language": languages},
        schema={"id": pl.String, "content": pl.String, "language": pl.String},
    )


@pytest.mark.parametrize("half", SETS)
def test_it_is_silent_on_redacted_text_and_loud_without_redaction(half: str) -> None:
    samples = labelled.samples(half, 3)
    languages = [sample.language for sample in samples]
    texts = pl.Series([sample.text for sample in samples])
    redacted = redact(texts, pl.Series(["r"] * len(samples)), pl.Series(languages), RedactionSettings()).texts.to_list()
    after, said = residual.residual(frame(redacted, languages), RedactionSettings())
    assert after.is_empty() and after.schema == residual.SCHEMA and said.equals(ledger.empty())
    before, _ = residual.residual(frame(texts.to_list(), languages), RedactionSettings())
    assert {"email", "iban", "user_name", "database_url", "slack_webhook"} <= set(before["class"])
    marked = {
        f"{row:032x}" for row, sample in enumerate(samples) if any(label.kind in ("email", "github", "jwt") for label in sample.labels)
    }
    assert len(marked & set(before["id"])) >= 0.8 * len(marked)


@pytest.mark.parametrize("half", ["third", "fourth", "fifth", "sixth"])
def test_it_is_silent_on_what_documentation_prints(half: str) -> None:
    samples = labelled.samples(half, 1)
    languages: list[str | None] = [sample.language for sample in samples]
    redacted = redact(
        pl.Series([sample.text for sample in samples]), pl.Series(["r"] * len(samples)), pl.Series(languages), RedactionSettings()
    )
    assert residual.residual(frame(redacted.texts.to_list(), languages), RedactionSettings())[0].is_empty()


def test_classes_are_those_of_the_rules() -> None:
    assert set(residual._SECRETS) | set(residual._PERSONAL) <= set(groups())


@pytest.mark.parametrize(
    "kind", ["aws_id", "gcp_key", "github", "gitlab", "npm", "slack", "sendgrid", "hugging_face", "anthropic", "jwt", "databricks"]
)
def test_each_planted_secret_is_seen(kind: str) -> None:
    value = values.Maker("development").make(kind)
    assert residual.secrets_left(pl.Series([f'x = "{value}"', "x"]))["row"].to_list() == [0]


def test_code_that_looks_like_an_address_is_none() -> None:
    texts = pl.Series(["x = (a@b.io )\n", 'x = "a@acme-corp.io"\n'])
    assert residual.personal_data_left(texts, pl.Series(["Python", "Python"]))["row"].to_list() == [1]


def test_classes_that_are_kept_are_not_reported() -> None:
    files = frame(["mail jane@acme-corp.io"], [None])
    assert residual.residual(files, RedactionSettings())[0]["class"].to_list() == ["email"]
    assert residual.residual(files, RedactionSettings(keep_classes=("email",)))[0].is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "ssh jane@web.doe-works.io uptime",
        "Message-Id: <20240102030405.12345@mail.doe-works.io>",
        "In-Reply-To: <jane.q@doe-works.io>",
        "scp x jane@doe-works.io:/srv/x",
    ],
)
def test_it_agrees_with_redaction_on_what_is_no_mailbox(text: str) -> None:
    assert residual.personal_data_left(pl.Series([redact_text(text)])).is_empty()
