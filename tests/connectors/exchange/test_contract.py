from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

CONTRACT = Path(__file__).parents[3] / "docs" / "exchange-api.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(CONTRACT.read_text())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def test_the_contract_is_valid_openapi() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_has_an_example_that_fits_it(name: str) -> None:
    examples = SCHEMAS[name]["examples"]
    assert examples
    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    validator = OAS31Validator(schema, format_checker=oas31_format_checker)
    for example in examples:
        validator.validate(example)


def test_every_write_takes_an_idempotency_key() -> None:
    writes = [
        operation
        for path in DOCUMENT["paths"].values()
        for verb, operation in path.items()
        if verb in {"put", "post", "patch", "delete"}
    ]
    assert len(writes) == 4
    for operation in writes:
        assert {"$ref": "#/components/parameters/key"} in operation["parameters"]


def test_every_refusal_is_a_problem_document() -> None:
    for name, response in DOCUMENT["components"]["responses"].items():
        kinds = {"application/json"} if name == "Integration" else {"application/problem+json"}
        assert set(response["content"]) == kinds
