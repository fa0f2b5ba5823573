"""Crossdock on one machine: embedded servers, a process runner and the fixtures of the tests.

Nothing is imported here, because `as_nobody` starts once per PostgreSQL and should be quick.
"""
