"""The ledger: what the findings say of each claim of the study."""
