"""Who has looked at whose data: rows that are only ever added, kept three years, outside the log."""
