"""A scheduled refresh: build apart, check, and only then let readers see."""

# Published files that are kept, the current one included.
DEFAULT_KEEP = 3
