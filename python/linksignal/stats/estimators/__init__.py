"""Estimators: vectors in, records out; they know no names of signals."""
