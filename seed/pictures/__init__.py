"""Pictures of the seed's products, drawn here: the same product always gets the same one."""
