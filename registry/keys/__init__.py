"""The keys under which values about persons are sealed: one for each subject and group, kept apart from the log."""
