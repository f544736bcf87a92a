"""A scheduled refresh: build apart, check, and only then let readers see."""
