"""The engine: integers and arrays in, exact answers out. It prints nothing and reads no file."""
