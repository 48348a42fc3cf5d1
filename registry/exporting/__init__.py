"""What leaves the house for those who check it: bundles of the log, with the rules and a page to read."""
