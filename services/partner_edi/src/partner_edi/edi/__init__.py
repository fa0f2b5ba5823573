"""X12 documents, read and written: pure code without a clock, a file or a database."""
