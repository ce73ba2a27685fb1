"""The demo: a sample repository with real commits, deployed, broken and rolled back."""
