"""HealthBench (OpenAI, 2025; ``openai/simple-evals``): its data, its scores under each named rule, and its meta-evaluation."""
