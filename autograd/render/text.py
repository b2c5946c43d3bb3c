"""Numbers as drawings and tables show them."""


def number(x: float) -> str:
    """x with four significant digits and a true minus sign."""
    return f"{x:.4g}".replace("-", "\N{MINUS SIGN}")
