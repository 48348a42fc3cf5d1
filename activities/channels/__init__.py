"""The ways on which a letter leaves the house: one adapter for each, and one port that all of them keep."""
