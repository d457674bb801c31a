import polars as pl
import pytest


@pytest.fixture(scope="session")
def tokenizer() -> pl.DataFrame:
    """A tokenizer whose tokens are words and marks: budgets can be counted by eye."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    made = Tokenizer(models.WordLevel({"[UNK]": 0}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return pl.DataFrame({"tokenizer_json": [made.to_str()]})
