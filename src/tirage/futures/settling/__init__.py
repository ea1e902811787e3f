"""From the arrival of a lot to an order that may be sent: asked, chosen, reckoned and paid."""
