"""An optional compiled kernel: `build` compiles it, `library` loads it, `direct` executes jobs."""
