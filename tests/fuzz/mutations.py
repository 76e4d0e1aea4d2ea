"""Damaged and malicious variants of a file, from a seed."""

import random
from collections.abc import Callable, Sequence

WORDS = [
    b"nan", b"inf", b"-1", b"1e999", b"0x" + b"f" * 400, b"9" * 400, b"9" * 5000, b"true", b"null",
    b"{}", b"[]", b"[" * 2000, b"{'a':" * 2000, b"a." * 2000, b"\x00", b"\xff\xfe", b"\xef\xbb\xbf",
    b"\r\n", b'"', b"'''", b"#", b"\\u0000", b"\\ud800", "\u0663".encode(), b"\x1b[2J", b"../..",
    b":9999999999", b"0..1:99999999999999", b"log:1..2:99999999999",
    b"__import__('os')._exit(7)", b"cos\nsystem\n(S'exit 7'\ntR.", b"1979-05-27", b"omega_m",
    b"log:", b"..", b"*", b":3", b"PK\x03\x04", b"\x93NUMPY", b"|O", b"-0.0", b"5e-324", b"kappa",
]  # fmt: skip
"""Pieces that parsers and their users stumble over."""

Mutation = Callable[[random.Random, bytes], bytes]


def flip(chance: random.Random, content: bytes) -> bytes:
    """Change one bit."""
    place = chance.randrange(len(content))
    changed = content[place] ^ (1 << chance.randrange(8))
    return content[:place] + bytes([changed]) + content[place + 1 :]


def cut(chance: random.Random, content: bytes) -> bytes:
    """Remove a piece."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    return content[:first] + content[last:]


def truncate(chance: random.Random, content: bytes) -> bytes:
    """Remove the end."""
    return content[: chance.randrange(len(content))]


def double(chance: random.Random, content: bytes) -> bytes:
    """Repeat a piece elsewhere."""
    first, last = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    place = chance.randrange(len(content) + 1)
    return content[:place] + content[first:last] + content[place:]


def insert(chance: random.Random, content: bytes) -> bytes:
    """Insert a word."""
    place = chance.randrange(len(content) + 1)
    return content[:place] + chance.choice(WORDS) + content[place:]


def replace(chance: random.Random, content: bytes) -> bytes:
    """Replace a token by a word, so that much of what is inserted is valid."""
    separators = b" =,:;[]{}\n\"'"
    ends = [k for k, byte in enumerate(content) if byte in separators]
    if len(ends) < 2:
        return chance.choice(WORDS)
    k = chance.randrange(len(ends) - 1)
    return content[: ends[k] + 1] + chance.choice(WORDS) + content[ends[k + 1] :]


def swap_lines(chance: random.Random, content: bytes) -> bytes:
    """Put the lines into another order."""
    lines = content.splitlines(keepends=True)
    chance.shuffle(lines)
    return b"".join(lines)


def noise(chance: random.Random, content: bytes) -> bytes:
    """Random bytes instead of the file."""
    return chance.randbytes(chance.randrange(64))


MUTATIONS: Sequence[Mutation] = (
    flip, cut, truncate, double, insert, replace, replace, swap_lines, noise,
)  # fmt: skip


def mutated(seed: int, contents: Sequence[bytes]) -> bytes:
    """One of the contents after one to four mutations."""
    chance = random.Random(seed)
    content = chance.choice(contents)
    for _ in range(chance.choice((1, 1, 2, 4))):
        content = chance.choice(MUTATIONS)(chance, content) if content else content
    return content
