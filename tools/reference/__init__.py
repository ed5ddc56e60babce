"""The reference pages of the documentation, each made from its source."""
