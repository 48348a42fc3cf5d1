"""What the process stands on: its settings, its clock, its servers."""
