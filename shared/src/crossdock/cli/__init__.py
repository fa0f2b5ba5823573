"""The `crossdock` command line; other packages add commands through `crossdock.commands`."""
