"""Which training rows hold a problem that the model will be evaluated on: found by `decontaminate`, proven to be gone by `not_clean`."""
