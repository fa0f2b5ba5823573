"""What the chassis is measured against: each peer is one process, ended by SIGTERM."""
