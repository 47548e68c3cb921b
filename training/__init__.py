"""The recipe of the shipped model: data, prepare, train, export, evaluate."""
