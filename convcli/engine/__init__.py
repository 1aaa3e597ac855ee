"""The engine: integers and arrays in, exact answers out. It prints nothing, reads no file and knows no command line."""
