"""When assets ask to be materialized by themselves."""

import dagster as dg

_when = dg.AutomationCondition

# Not `eager()`: that also fires when an upstream was materialized again with the same content. A snapshot id is its
# data version, so only new content (or new code, or a dataset that was never made) sets off what is below it.
_changed: dg.AutomationCondition = (
    _when.any_deps_match(_when.data_version_changed()) | _when.code_version_changed() | _when.missing().newly_true()
)
on_new_data = (_changed.since_last_handled() & ~_when.in_progress() & ~_when.any_deps_missing() & ~_when.any_deps_in_progress()).with_label(
    "on_new_data"
)
