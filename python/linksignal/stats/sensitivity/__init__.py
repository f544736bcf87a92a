"""The same correlations on fewer, shorter, halved or grouped data."""
