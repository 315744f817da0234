"""REST endpoints, one file per group; `table.ROUTES` maps method and path to the function that answers."""
