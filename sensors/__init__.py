"""What reacts: new data below changed assets, changed splits to retraining, failures to a record of them."""

from sensors.automation import automation
from sensors.failures import report_failure
from sensors.retraining import retrain_on_change

__all__ = ["automation", "report_failure", "retrain_on_change"]
