"""What the walk asserts is told in full where it does not hold."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.projects.walk")
