"""Migrations of the policy application."""
