"""The application advice: 824 and APERAK."""
