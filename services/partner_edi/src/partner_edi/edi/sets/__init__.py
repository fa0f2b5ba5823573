"""The sets of both standards as tables: loops, what must come, and how often."""
