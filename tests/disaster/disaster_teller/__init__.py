"""A service that notes what it hears, in order, and answers each event with another."""
