"""The demo's mail server: takes every mail that the worker sends, keeps it in a directory, and shows it on a page."""
