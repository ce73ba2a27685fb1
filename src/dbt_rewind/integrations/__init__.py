"""Other systems, each behind a small protocol with a double that does nothing."""
