"""The warehouse: every dataset as a DuckDB view, and tables on top that say how much there is, of what, and what was dropped.

dbt builds it in one go: a view per dataset (`dbt_project/models/staging`), tables (`dbt_project/models/marts`) and tests, which Dagster
shows as checks. It is built as a new file that replaces the old one only when every test has passed, and its views read exactly the
snapshots that were published when the build began.
"""
