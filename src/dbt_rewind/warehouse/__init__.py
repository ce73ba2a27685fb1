"""Warehouses: one protocol, one adapter an engine, one conformance suite for all."""
