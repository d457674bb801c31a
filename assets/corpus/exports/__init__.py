"""Published splits in the formats that trainers read. One module per idea; nothing here knows the lake or Dagster.

| format | a row is | read by |
|---|---|---|
| csv | one question, one answer, as columns | spreadsheets, pandas, TRL (prompt, completion) |
| alpaca-jsonl | instruction, input, output, system, history | LLaMA-Factory, axolotl |
| chatml-jsonl | messages with calls as objects, tools as JSON text | TRL, transformers' chat templates |
| openai-jsonl | messages and tools, nothing else | OpenAI's fine-tuning API and what is compatible |
| sharegpt-jsonl | conversations of from and value, tools as JSON text | LLaMA-Factory, axolotl |
| llama3, mistral, gemma | the text that the family's chat template makes | every trainer that reads a field `text` |
| parquet | the rows as they are, in Hugging Face's dataset layout | datasets, DuckDB, polars |

What a format cannot hold is left out, with its reason and a count in `export.json`; so is what had to be changed. Texts keep the zero-width
spaces that `corpus.chat` puts into what could be taken for control tokens; `chat.unescape_control_tokens` takes them out again.
"""
