"""Ways in for other programs: MCP, the OpenAI API over HTTP, and a plugin for `llm`."""
