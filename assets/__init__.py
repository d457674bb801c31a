"""The datasets, in the order that they are made.

Source files come in as they are (`raw_code`), are repaired (`clean_code`) and lose their copies (`deduplicated_code`). PDFs come in as
they are (`raw_documents`) and become sections (`document_sections`). Both are cut into chunks (`cleaned_chunks`), which documented code
turns into questions with answers that stand in it (`qa_pairs`). Pull requests (`bronze_prs`) give review comments that sit on their line
(`silver_review_comments`) and what reviewers do (`review_tasks`). Questions and reviews become chats (`chat_examples`) and splits that do
not leak (`chatml_splits`). Published chats (`raw_conversations`) are brought into one form (`tool_conversations`). A base model
(`base_model`) answers the test questions (`baseline_eval`), an adapter is trained on the rest (`lora_adapter`), and both are compared
(`eval_report`). The warehouse shows all of it to SQL. Each package is one group of the graph: `assets.py` says what exists, `checks.py`
what must hold, `schema.py` what a row is, and the other modules are pure functions that know nothing of Dagster.
"""
