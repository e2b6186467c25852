"""Edges: ASGI, Connexion, sockets, logs. Nothing below this package knows them.

app       puts engine, admin API and Connexion together
gateway   the only importer of connexion
delivery  ASGI request -> Request, Exchange -> bytes
admin     the admin API, described by admin.yaml
log       access lines
run       uvicorn: socket, signals, the ready line
"""
