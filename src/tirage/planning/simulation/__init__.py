"""A release rehearsed: thousands of days on which customers come, hold bottles, let them lapse and buy. No Django.

- ``plan``: what is rehearsed, as it is kept: wines, groups with their windows and limits, what people take, the cart.
- ``curve``: when people come.
- ``draws``: who comes, what they want and how long they take, by chance and by a seed.
- ``engine``: what becomes of it by the rules of offers and carts, many days at once.
- ``tallies``: what is counted; ``figures`` says it in medians, bands and chances.

NumPy is imported by ``draws``, ``engine``, ``tallies`` and ``figures`` alone: only the worker needs them.
"""
