"""Makes opentelemetry-proto.binpb of Debian's python3-opentelemetry-proto, which carries each .proto file compiled.

Usage: extract.py <folder with the package's opentelemetry/ below it> > opentelemetry-proto.binpb
"""

import ast
import pathlib
import sys

FILES = [
    "common/v1/common",
    "resource/v1/resource",
    "trace/v1/trace",
    "metrics/v1/metrics",
    "collector/trace/v1/trace_service",
    "collector/metrics/v1/metrics_service",
]


def descriptor(path: pathlib.Path) -> bytes:
    """The argument of AddSerializedFile: a google.protobuf.FileDescriptorProto."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "AddSerializedFile":
            return ast.literal_eval(node.args[0])
    raise SystemExit(f"{path} holds no descriptor")


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


root = pathlib.Path(sys.argv[1]) / "opentelemetry" / "proto"
for name in FILES:
    # google.protobuf.FileDescriptorSet: repeated FileDescriptorProto file = 1
    file = descriptor(root / f"{name}_pb2.py")
    sys.stdout.buffer.write(b"\x0a" + varint(len(file)) + file)
