"""Files, resumable uploads, and references to blobs."""
