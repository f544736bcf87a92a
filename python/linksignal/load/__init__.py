"""Loading: exports of backlink tools and AI trackers become raw Parquet."""
