"""A lake aged to 400 days and 100,000 commits, and every question held to brute force over the truth."""
