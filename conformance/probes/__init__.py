"""What to send: probes, by section of the document."""
