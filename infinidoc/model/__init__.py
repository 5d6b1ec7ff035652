"""The language model with Infini-attention: architecture, attention, decoder, loading."""
