"""Full-text search: the word index, relevance and spelling."""
