"""Tools for the tests of what is shipped."""
