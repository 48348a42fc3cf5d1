"""What this project claims to be fast at, measured beside what else one could use: `python -m bench`."""
