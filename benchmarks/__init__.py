"""Evidence: each module measures one claim, prints a table and writes JSON and PNG into `results/`."""
