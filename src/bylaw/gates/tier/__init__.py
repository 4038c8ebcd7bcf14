"""What a change touches, how much risk that carries, and what it obliges."""
