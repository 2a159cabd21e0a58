"""serve: one judge service for all processes and machines, over HTTP. Needs the extra ``serve``; its client does not.

``run.py`` starts it, ``app.py`` puts it together, ``remote.py`` is the client. Nothing is imported here, so that the
client loads without the server's libraries.
"""
