"""Projects of a person and what pays for them: quotes, sources in their order, no euro twice."""
