"""Backups of an environment's database: made, listed, proven, and removed when they are old."""
