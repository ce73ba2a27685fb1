"""What is stored of a release comes back as it was, or is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.releases import RELATIONS, RELEASES, TESTS, release

from dbt_rewind.engine.records import (
    decode_relation,
    decode_release,
    decode_tests,
    encode_relation,
    encode_release,
    encode_tests,
)
from dbt_rewind.errors import ArtifactDamaged
from dbt_rewind.model import RelationName, Release, TestSummary


@given(RELEASES)
def test_a_release_comes_back_as_it_was(made: Release) -> None:
    assert decode_release(encode_release(made), "it") == made


@given(RELEASES)
def test_equal_releases_have_equal_bytes(made: Release) -> None:
    content = encode_release(made)
    assert encode_release(decode_release(content, "it")) == content


@given(RELATIONS, TESTS)
def test_parts_come_back_through_json(relation: RelationName, tests: TestSummary) -> None:
    assert decode_relation(json.loads(json.dumps(encode_relation(relation)))) == relation
    assert decode_tests(json.loads(json.dumps(encode_tests(tests)))) == tests


def test_a_record_of_an_unknown_version_is_refused() -> None:
    record = json.loads(encode_release(release(1)))
    content = json.dumps({**record, "version": 4}).encode()
    with pytest.raises(ArtifactDamaged, match="the record of r1"):
        decode_release(content, "the record of r1")


def test_a_record_of_version_2_knows_no_flags() -> None:
    made = release(1)
    record = json.loads(encode_release(made))
    for field in ("flags", "off", "withheld"):
        del record[field]
    content = json.dumps({**record, "version": 2}).encode()
    assert decode_release(content, "it") == made


@pytest.mark.parametrize("field", sorted(json.loads(encode_release(release(1)))))
def test_a_record_without_one_of_its_fields_is_refused(field: str) -> None:
    record = json.loads(encode_release(release(1)))
    del record[field]
    with pytest.raises(ArtifactDamaged):
        decode_release(json.dumps(record).encode(), "it")


@pytest.mark.parametrize(
    "content", [b"", b"null", b"[]", b"{}", b"\xff\xfe", b'{"version": 1}', b"[" * 100_000]
)
def test_garbage_is_refused(content: bytes) -> None:
    with pytest.raises(ArtifactDamaged):
        decode_release(content, "it")


@given(st.binary(max_size=64))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(ArtifactDamaged):
        decode_release(content, "it")
