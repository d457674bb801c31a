"""Evaluation sets that training data must not hold: HumanEval, MBPP, BFCL, and whatever a profile registers."""
