"""X12 and EDIFACT, read, checked, answered and written: no clock, no network, no database.

Rooms, each using only those before it: lexer (bytes to segments), envelope (segments to
interchanges, groups and sets), tables (elements and segments), sets (loops), rules (a whole set
checked), acknowledgements (what is answered), mapping (canonical values), desk (for people).
"""
