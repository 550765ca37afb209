"""Opens one event envelope (docs/PROTOCOL.md, sections 1, 3 and 4) and prints the event as JSON.

Usage: read_envelope.py --log-key HEX --envelope HEX
Needs the packages `cryptography` and `cbor2`. Written from the protocol page alone, to show that
somebody else can write a reader.
"""

import argparse
import hashlib
import hmac
import json
import sys

import cbor2
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HEADER = 82
FIELDS = [
    "deployment", "case", "log", "epoch", "author", "seq", "prev", "heads", "roster", "claimed_ms",
    "kind", "critical", "body",
]


class Refused(Exception):
    """The envelope is not what it should be."""


def hkdf(key: bytes, salt: bytes, label: str, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, label.encode()).derive(key)


def open_envelope(envelope: bytes, log_key: bytes) -> tuple[bytes, bytes, bytes]:
    """Returns mailbox, salt and content."""
    if envelope[:2] != b"\x01\x01" or len(envelope) < 2048:
        raise Refused("not an event envelope of version 1")
    mailbox, salt, commitment = envelope[2:18], envelope[18:50], envelope[50:82]
    okm = hkdf(log_key, salt, "amana/1/envelope-key", 64)
    if not hmac.compare_digest(okm[32:], commitment):
        raise Refused("another key")
    aad = b"amana/1/envelope-aad" + envelope[:HEADER]
    try:
        plain = ChaCha20Poly1305(okm[:32]).decrypt(bytes(12), envelope[HEADER:], aad)
    except InvalidTag as error:
        raise Refused("not authentic") from error
    length = int.from_bytes(plain[:4], "big")
    content, padding = plain[4:4 + length], plain[4 + length:]
    if len(content) != length or any(padding):
        raise Refused("wrong padding")
    return mailbox, salt, content


def read_event(content: bytes) -> tuple[bytes, dict]:
    """Returns the event id and the fields, after checking form and signature."""
    signature, message = content[:64], content[64:]
    decoded = cbor2.loads(message)
    if cbor2.dumps(decoded, canonical=True) != message:
        raise Refused("not canonical")
    label, values = decoded
    if label != "amana/1/event" or len(values) != len(FIELDS):
        raise Refused("not an event")
    event = dict(zip(FIELDS, values))
    try:
        Ed25519PublicKey.from_public_bytes(event["author"]).verify(signature, message)
    except InvalidSignature as error:
        raise Refused("wrong signature") from error
    return hashlib.sha256(message).digest(), event


def as_json(value):
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    return value


def main() -> int:
    parser = argparse.ArgumentParser(description="Opens one event envelope.")
    parser.add_argument("--log-key", required=True, type=bytes.fromhex)
    parser.add_argument("--envelope", required=True, type=bytes.fromhex)
    arguments = parser.parse_args()
    try:
        mailbox, salt, content = open_envelope(arguments.envelope, arguments.log_key)
        event_id, event = read_event(content)
        if salt != hkdf(arguments.log_key, event_id, "amana/1/envelope-salt", 32):
            raise Refused("the salt is another event's")
    except Refused as refused:
        print(f"refused: {refused}", file=sys.stderr)
        return 1
    print(json.dumps(as_json({"event": event_id, "mailbox": mailbox, **event}), ensure_ascii=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
