"""telemetry: what a step's log says of its rewards, its advantages and its judge. Pure figures; nothing is learnt here."""
