"""Painters know only the scene, and writers only painters; the writers of numbers know only the trace."""
