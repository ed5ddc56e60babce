"""Files: read with the line of each mistake, and written whole or not at all.

All folders may import it; it imports only what makes texts readable.
"""
