"""Wine that is sold before it is in bottle: its terms and plan, its lots, who has what of them."""
