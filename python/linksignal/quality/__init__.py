"""Great Expectations suites on the tables of findings."""
