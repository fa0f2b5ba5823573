"""The second scene: partners who know nothing of us but files, and whole round trips with them."""
