"""Whether authority lifts visibility only beyond a threshold."""
