"""Layers of other frameworks: a call like `keras.layers.Conv2D(8, 3)` into a layer of the engine.

`names` knows the prefixes, `calls` parses a call by the signature of its operator, and each
framework has one module with a table of its operators. They all end in a `ForeignLayer`, which
becomes a layer of the engine on an input (`resolved.py`). Nothing behind knows a framework.
"""
