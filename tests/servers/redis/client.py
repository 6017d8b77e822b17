"""client.py PORT: what redis-py can do on a few connections; prints nothing."""
import sys

import redis

client = redis.Redis(port=int(sys.argv[1]), db=2, client_name="secret-name")
client.set("user:7", "secret-value")
client.get("user:7")
try:
    client.lpush("user:7", "x")
except redis.ResponseError:
    pass
with client.pipeline(transaction=False) as pipe:
    for number in range(10):
        pipe.incr("counter")
    pipe.execute()
with client.pipeline(transaction=True) as pipe:
    pipe.set("a", 1)
    pipe.set("b", 2)
    pipe.execute()
client.blpop("nothing", 0.2)
