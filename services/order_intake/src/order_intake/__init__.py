"""Order intake: every order's way in, and the process manager of its life."""
