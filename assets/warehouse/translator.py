"""What Dagster is told of a dbt model beyond dbt's own description. The group comes from the loader."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from assets.automation import on_new_data


class Translator(DagsterDbtTranslator):
    """Models follow the datasets, and belong to whom the datasets belong."""

    def get_automation_condition(self, dbt_resource_props: Mapping[str, Any]) -> dg.AutomationCondition | None:
        """Return when a model asks to be built again."""
        return on_new_data

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Return who answers for a model."""
        return ["team:data"]
