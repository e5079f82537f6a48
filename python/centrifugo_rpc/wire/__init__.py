"""Values on the wire: encoding, formats, and what is wrong with a value."""
