"""Coming to the list: the sign-up form, its button out of the mail, and the place in line."""
