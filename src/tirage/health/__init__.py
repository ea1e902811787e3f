"""How the installation itself does: its parts, what the server can't do without, and figures for whoever watches."""
