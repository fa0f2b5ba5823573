"""The transaction sets, one module each: read or written as canonical values."""
