"""Kendall's tau-b and partial Spearman correlations."""
