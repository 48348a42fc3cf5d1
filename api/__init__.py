"""The door for browsers and other systems: HTTP in, facts and judgements out."""
