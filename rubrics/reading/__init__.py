"""Reading declarative files: YAML or JSON text -> plain values with their lines -> a record, or one clear line."""
