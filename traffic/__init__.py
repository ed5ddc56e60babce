"""Traffic: the rules of the suite on what others send, live through a proxy or from a recording."""
