from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml
from tests.unit.config.refused import REFUSED, SMALLEST

from dbt_rewind.config.load import json_schema


class TestSchema:
    def test_describes_every_setting(self) -> None:
        schema = json_schema()
        models = [schema, *schema["$defs"].values()]
        properties = [item for model in models for item in model.get("properties", {}).values()]
        assert len(properties) > 15
        assert all(item.get("description") for item in properties)

    @pytest.mark.parametrize("case", ["unknown", "no target", "too many retries", "a bad name"])
    def test_refuses_what_we_refuse(self, case: str) -> None:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(REFUSED[case][0]), json_schema())

    def test_admits_what_we_admit(self) -> None:
        jsonschema.validate(yaml.safe_load(SMALLEST), json_schema())
        file = Path(__file__).parents[3] / "examples" / "adventureworks" / "rewind.yml"
        jsonschema.validate(yaml.safe_load(file.read_text()), json_schema())
