"""Vectors in, estimates out: no frames, no names of signals."""
