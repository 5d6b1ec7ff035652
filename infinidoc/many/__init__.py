"""Many documents at once: a list of tasks, workers that do them, one library."""
