"""The packing room: orders picked into a batch, frozen, printed, recalled, handed over."""
