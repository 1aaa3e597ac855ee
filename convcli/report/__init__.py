"""Results of the engine as Documents: raw values, in no format yet."""
