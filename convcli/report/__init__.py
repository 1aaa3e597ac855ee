"""Engine results into Documents: what there is to say, with raw values inside, before anybody thinks of a format."""
