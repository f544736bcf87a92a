"""Loading: exports of backlink tools and AI trackers become raw Parquet."""

# Share of rejected records (0-1) beyond which a file is refused.
DEFAULT_MAX_REJECTED = 0.01
