"""The ledger: a verdict on each claim of the study."""
