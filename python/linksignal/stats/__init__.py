"""Statistics on domain-level rows: correlations, deciles and their tests."""
