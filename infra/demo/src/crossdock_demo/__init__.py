"""The main job, end to end: orders come in, goods go out, invoices follow, and the books agree."""
