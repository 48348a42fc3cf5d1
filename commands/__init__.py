"""The doors behind `jieti`: each module a few commands, which read what was typed, ask one use case, and print."""
