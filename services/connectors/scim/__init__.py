"""The Benefits platform over SCIM 2.0 (docs/benefits-scim.md)."""
