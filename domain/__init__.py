"""What a path is and what the rules say of it: pure, without clock, network, database or framework."""
