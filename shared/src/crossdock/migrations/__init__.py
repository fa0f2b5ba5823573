"""The chassis' own tables, in schema `crossdock` of every service's database."""
