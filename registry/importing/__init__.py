"""Spreadsheets as clerks keep them, read into facts: every bad cell is told by its place, nothing is guessed."""
