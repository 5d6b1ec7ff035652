"""Teaching a base model to read passages and to use its memory."""
