"""The clocks of the house: durable workflows that know when, and ask the rest of the house what."""
