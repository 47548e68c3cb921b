"""One module for each API; each has its routers, its words for errors (service.errors) and its place for the key."""
