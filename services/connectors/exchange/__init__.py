"""The Exchange API of docs/exchange-api.yaml."""
