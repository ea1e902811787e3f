"""Who keeps a filter beside the segments themselves: whoever deletes what a filter names is told of them.

Each function is given a piece of a filter's text and returns the names of those whose filter holds it, as a sentence
names them.
"""

KEPT = (
    "tirage.segments.keeping.segments_that_name",
    "tirage.tiers.criteria.groups_that_name",
    "tirage.marketing.lists.lists_that_name",
    "tirage.insights.events.events_that_name",
    "tirage.insights.tours.tours_that_name",
)
