"""Files and resumable uploads, and which blobs are in use."""
