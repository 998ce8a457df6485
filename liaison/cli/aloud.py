"""How ids are shown that two people compare by voice."""


def grouped(digits: str) -> str:
    """Hex digits in groups of four, to be read out."""
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
