"""Collectors of Microsoft's cloud."""
