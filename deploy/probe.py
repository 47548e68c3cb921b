"""The container's health check: exit 0 where /health/ready answers 200. A bare socket, since it runs often."""

import os
import socket
import sys

TIMEOUT_S = 4

with socket.create_connection(("127.0.0.1", int(os.environ.get("PASSERELLE_PROBE_PORT", "5000"))), TIMEOUT_S) as line:
    line.sendall(b"GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
    status = line.recv(64).split(b" ")[1:2]
sys.exit(status != [b"200"])
