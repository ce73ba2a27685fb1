"""What all tests need of the process that they run in."""

from __future__ import annotations

import signal

import pytest

# A shell has what it runs in the background ignore Ctrl-C, which the commands that are started and
# then interrupted would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# What the walk asserts is told in full where it does not hold; before anything imports it.
pytest.register_assert_rewrite("tests.projects.walk")
