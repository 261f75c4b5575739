"""Cases without Flask: the table of their life, moves, guards, money and publicity."""
