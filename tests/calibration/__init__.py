"""Whether the statistics keep what they promise, on laws with known truth.

``python -m calibration`` draws studies from planted laws, runs the
estimators of `linksignal.stats` on them, and writes how often intervals
cover, tests err and claims are judged right, each next to its bound.
"""
