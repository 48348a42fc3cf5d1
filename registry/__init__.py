"""The use cases, each a function of the log, the rulebooks and the day."""
