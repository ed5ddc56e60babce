"""Bodies of requests: values as JSON, forms, multipart, text and bytes, written and read again.

`body` chooses by media type; the other modules are the formats. All folders may import it.
"""
