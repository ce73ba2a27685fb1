"""A database that was restored from a backup: putting one back, and telling it what it forgot."""
