"""The commands of ``rvpo``, one module each, exposing ``command``; ``rvpo.harness.cli`` imports them by name."""
