"""The sockets of a process and who is at their other end, asked of the kernel (sock_diag(7))."""

import os
import socket
import struct
from pathlib import Path

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_DONE = 3
REQUEST_DUMP = 0x301
ALL_STATES = 0xFFFFFFFF
SHOW_NAME_AND_PEER = 0x1 | 0x4
ATTRIBUTE_NAME, ATTRIBUTE_PEER = 0, 2
_HEADER, _MESSAGE, _ATTRIBUTE = struct.Struct("=IHHII"), struct.Struct("=4xI8x"), struct.Struct("=HH")


def sockets_of(pid: int) -> set[int]:
    """Inodes of all sockets a process has open."""
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            found.add(int(target[8:-1]))
    return found


def unix_peers() -> dict[int, str]:
    """Inode of each unix socket → path of the server it is connected to ("" for none)."""
    names, peers = _dump()
    return {inode: names.get(inode) or names.get(peer, "") for inode, peer in peers.items()}


def _dump() -> tuple[dict[int, str], dict[int, int]]:
    request = struct.pack("=BBHIIIII", socket.AF_UNIX, 0, 0, ALL_STATES, 0, SHOW_NAME_AND_PEER, 0, 0)
    header = _HEADER.pack(_HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, REQUEST_DUMP, 1, 0)
    names: dict[int, str] = {}
    peers: dict[int, int] = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
        netlink.send(header + request)
        while _read(netlink.recv(1 << 18), names, peers):
            pass
    return names, peers


def _read(data: bytes, names: dict[int, str], peers: dict[int, int]) -> bool:
    """Take in one datagram; False after the last."""
    while data:
        length, kind, *_ = _HEADER.unpack_from(data)
        if kind == NLMSG_DONE:
            return False
        _read_socket(data[_HEADER.size : length], names, peers)
        data = data[(length + 3) & ~3 :]
    return True


def _read_socket(data: bytes, names: dict[int, str], peers: dict[int, int]) -> None:
    (inode,) = _MESSAGE.unpack_from(data)
    peers[inode] = 0
    data = data[_MESSAGE.size :]
    while data:
        length, kind = _ATTRIBUTE.unpack_from(data)
        value = data[_ATTRIBUTE.size : length]
        if kind == ATTRIBUTE_NAME:
            names[inode] = value.rstrip(b"\0").decode(errors="replace")
        elif kind == ATTRIBUTE_PEER:
            (peers[inode],) = struct.unpack("=I", value)
        data = data[(length + 3) & ~3 :]
