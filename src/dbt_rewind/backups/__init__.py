"""Copies of whole databases: made, put beside the original, and put in its place."""
