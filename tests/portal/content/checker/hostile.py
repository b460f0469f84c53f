"""A real web server on this machine, with TLS and bad manners; what it answers depends on the path."""

import datetime
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ["docs.example", "www.docs.example", "other.example"]


def certificate(folder, *names):
    """Write a certificate for ``names``, signed by itself, with its key; return the path of the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hostile")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


class Hostile:
    """Listens on a port of 127.0.0.1. ``answers``: by path, the bytes of an answer, or a function of the connection."""

    def __init__(self, certificate):
        self.certificate, self.answers, self.asked = certificate, {}, []
        self.connections = 0
        self.largest_at_once = self._at_once = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._ending = threading.Event()
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while not self._ending.is_set():
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, plain):
        with self._lock:
            self.connections += 1
            self._at_once += 1
            self.largest_at_once = max(self.largest_at_once, self._at_once)
        plain.settimeout(10)
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as connection:
            question = b""
            while b"\r\n\r\n" not in question:
                if not (piece := connection.recv(4096)):
                    return
                question += piece
            method, path, _version = question.split(b"\r\n", 1)[0].decode().split(" ")
            self.asked.append((method, path, question.decode()))
            answer = self.answers.get((method, path)) or self.answers.get(path) or status(404)
            if callable(answer):
                answer(connection)
            else:
                connection.sendall(answer)
        with self._lock:
            self._at_once -= 1

    @property
    def methods(self):
        return [(method, path) for method, path, _whole in self.asked]

    def close(self):
        self._ending.set()
        self._listener.close()


@contextmanager
def hostile(folder):
    server = Hostile(certificate(folder, *NAMES))
    try:
        yield server
    finally:
        server.close()


def status(code, body=b"", **headers):
    lines = [f"HTTP/1.1 {code} Some words"] + [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def redirect(to, code=302):
    return status(code, Location=to)


def drip(connection):
    """A byte now and then, for ever: each on its own is in time."""
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 2000:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def never(connection):
    time.sleep(9)


def endless_head(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 4000 + b"\r\n")


def huge_body(connection):
    connection.sendall(status(200, Content_Length=10**12))
    while True:
        connection.sendall(b"x" * 65536)
