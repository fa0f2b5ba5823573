"""How bytes come and go: folders, SFTP both ways, HTTP; none of them looks into a file."""
