"""What is expected: rules, by section of the document."""
