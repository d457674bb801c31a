"""When assets ask to be materialized by themselves."""

from dagster import AutomationCondition as AC

# Not `eager()`: that also fires when an upstream was materialized again with the same content. A snapshot id is its
# data version, so only new content (or new code, or a dataset that was never made) sets off what is below it.
on_new_data = (
    (AC.any_deps_match(AC.data_version_changed()) | AC.code_version_changed() | AC.missing().newly_true()).since_last_handled()
    & ~AC.in_progress()
    & ~AC.any_deps_missing()
    & ~AC.any_deps_in_progress()
).with_label("on_new_data")
