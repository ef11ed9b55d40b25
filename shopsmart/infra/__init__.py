"""The outside world, wrapped once: MongoDB, Redis, jobs, mail, logs, metrics."""
