"""What reacts: new data below changed assets, new pull requests, changed splits to retraining, failures to a record of them."""

from sensors.automation import automation
from sensors.failures import report_failure
from sensors.pull_requests import new_pull_requests
from sensors.retraining import retrain_on_change

__all__ = ["automation", "new_pull_requests", "report_failure", "retrain_on_change"]
