"""The log: entries in one order that never changes. It has never heard of a path."""
