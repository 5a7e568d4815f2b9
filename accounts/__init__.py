"""Who and what may act: users, workspaces, memberships, devices, credentials, and the audit of what they did.

Reading order: roles.py (one table: which role may do which verb), models/, principal.py (the Actor that every
API, socket and page sees), tokens.py (signing, verifying, rotation), services/ and selectors.py, api/, admin/.
"""
