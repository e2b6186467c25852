"""Edges: ASGI, Connexion, sockets, logs. Nothing below this package knows them.

app       puts engine, admin API and Connexion together
gateway   the only importer of connexion
front     the fast path: what the engine or the admin API owns
admin     the admin API, described by admin.yaml
delivery  ASGI request -> Request, Exchange -> bytes
wire      a whole reply in one write
log       access lines
protocol  uvicorn's HTTP/1.1, deaf to other protocols
workers   several processes, and the parent that replaces those that die
run       uvicorn: socket, signals, the ready line
"""
