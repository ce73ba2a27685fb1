"""Fills a database with the tables that the pipeline begins with."""
