"""Simulations of the statistics, each with a known truth."""
