"""Studies drawn by a known rule, as raw Parquet folders or in memory.

Two kinds that must not be confused: the calibrated study gives the published
coefficients and has no law behind it; a law study has a planted truth.
"""

LAW_KINDS = (
    "smooth",
    "threshold",
    "none",
    "nofollow_equals_follow",
    "image_over_text",
    "platform_order",
)

PANEL_DIRECTIONS = ("forward", "reverse", "common_shock", "none")
