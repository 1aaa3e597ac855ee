"""The lines of `port`, executed by the frameworks themselves: `make frameworks`."""
