"""Read tables made by following the log; they can be dropped and made again from it."""
