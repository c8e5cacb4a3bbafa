"""Recomputes what codesign --verify --strict looks at in a Mac program: python3 macho.py FILE

Written from loader.h and cs_blobs.h alone. Prints one line, or ends with an assertion.
"""
import hashlib, struct, sys

b = open(sys.argv[1], "rb").read()
magic, cpu, _, kind, count, size = struct.unpack_from("<6I", b)
assert magic == 0xFEEDFACF and kind == 2, "not a thin 64-bit executable"
at, last, signatures, strings, segments = 32, None, [], None, []
for _ in range(count):
    cmd, length = struct.unpack_from("<2I", b, at)
    if cmd == 0x19:
        name = b[at + 8 : at + 24].rstrip(b"\0").decode()
        segments.append((name,) + struct.unpack_from("<4Q", b, at + 24))
    elif cmd == 0x02:
        strings = sum(struct.unpack_from("<2I", b, at + 16))
    elif cmd == 0x1D:
        signatures.append(struct.unpack_from("<2I", b, at + 8))
    at += length
assert at == 32 + size, "load commands do not fill their room"
name, vm, vmsize, fileoff, filesize = segments[-1]
assert name == "__LINKEDIT", "the last segment is " + name
assert fileoff + filesize == len(b), "__LINKEDIT does not end with the file"
assert vmsize >= filesize and vmsize % 16384 == 0, "memory of __LINKEDIT"
for other in segments[:-1]:
    assert other[1] + other[2] <= vm and other[3] + other[4] <= fileoff, other[0] + " reaches into __LINKEDIT"
(sig, siglen), = signatures
assert sig % 16 == 0 and sig + siglen == len(b) and strings == sig, "bytes that belong to nothing"
blob, bloblen, blobs, slot, cd = struct.unpack_from(">5I", b, sig)
assert (blob, blobs, slot) == (0xFADE0CC0, 1, 0) and bloblen == siglen, "super blob"
cd += sig
magic, cdlen, version, flags, hashes, ident, special, pages, limit = struct.unpack_from(">9I", b, cd)
hashsize, hashtype, _, bits = b[cd + 36 : cd + 40]
assert magic == 0xFADE0C02 and cd + cdlen == len(b) and version == 0x20400 and flags & 2, "code directory"
assert (hashsize, hashtype, bits, special, limit) == (32, 2, 12, 0, sig), "hashes"
text = next(s for s in segments if s[0] == "__TEXT")
assert struct.unpack_from(">3Q", b, cd + 64) == (text[3], text[4], 1), "executable segment"
assert pages == (limit + 4095) // 4096
for i in range(pages):
    want = b[cd + hashes + 32 * i : cd + hashes + 32 * i + 32]
    assert hashlib.sha256(b[4096 * i : min(4096 * i + 4096, limit)]).digest() == want, "page %d" % i
print("strict: %d pages" % pages)
