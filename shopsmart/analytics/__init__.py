"""What happens in the city, counted for those who run it. It reads what others keep; nobody imports it."""
