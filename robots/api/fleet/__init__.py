"""The robots' part of the fleet API: floors and what lies on them."""
