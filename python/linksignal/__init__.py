"""Whether backlinks matter for being named in AI answers, tested."""
