"""The wire of identity in the fleet API: who am I, workspaces, members, devices and their secrets."""
