"""What workflows ask for: load, call one pure function, do one outside act, record."""
