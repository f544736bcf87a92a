"""Findings in the terminal."""
