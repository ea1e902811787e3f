"""Avalara: AvaTax transactions and the verification of beverage alcohol shipments."""
