"""How each language writes dates, times and numbers, where that differs from what Django knows."""
