"""A file on a person's desk: what is in it, what is wrong with it, and how it reads."""
