"""What people at the partner desk see and do with documents and partners."""
