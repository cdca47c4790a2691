"""What all faces share: words and backends."""
