"""Differences of dependent, overlapping correlations."""
