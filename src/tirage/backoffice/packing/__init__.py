"""The packing room: batches, what is printed for them, recalled and handed over; changes that customers ask for."""
