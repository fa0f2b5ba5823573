"""A service that says what it is told to: the owner of the orders in these tests."""
