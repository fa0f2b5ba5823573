"""Hears every event of the mesh: timelines, cases for people, and the audit."""
