"""A real Bitcoin node on regtest for demonstration and tests: start, stop, mine, fund, reorganise."""

import secrets
import socket
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from custody.chains.bitcoin.client import BitcoinClient, to_bitcoin
from custody.common.errors import UnavailableError
from scripts.embedded.bitcoind_binary import BitcoindBinary, prepare, unpacked
from scripts.embedded.process import Running, start, wait_until
from scripts.embedded.users import as_user, make_directory, own

__all__ = ["BitcoindBinary", "Node", "prepare"]

USER = "custody-database"
RPC_USER = "custody"
MINER_WALLET = "miner"
MATURITY = 101
START_SECONDS = 60


@dataclass
class Node:
    """A regtest node in ``directory``, run as the system user of the other services."""

    directory: Path
    binary: BitcoindBinary
    port: int = 0
    password: str = field(default_factory=lambda: secrets.token_hex(24))
    running: Running | None = None
    _clients: dict[str, BitcoinClient] = field(default_factory=dict)

    def start(self, *, fund: bool = True) -> None:
        """Start, wait for the RPC interface, and on first start mine coins to spend."""
        make_directory(self.directory, USER, 0o700)
        self.port = self.port or _free_port()
        configuration = self.directory / "bitcoin.conf"
        configuration.write_text(self._configuration())
        own(configuration, USER, 0o600)
        self.running = start(
            "bitcoind",
            self._readable_binary().command(self.directory),
            user=USER,
            log=self.directory.parent / "logs" / "bitcoind.log",
            cwd=self.directory,
        )
        wait_until(self.is_ready, seconds=START_SECONDS, what="bitcoind", process=self.running)
        if fund:
            self._prepare_miner()

    def stop(self) -> None:
        for client in self._clients.values():
            client.close()
        if self.running:
            self.running.stop(seconds=30)

    def is_ready(self) -> bool:
        try:
            return self.client().height() >= 0
        except UnavailableError:
            return False

    def rpc_settings(self) -> dict[str, str]:
        """``url``, ``user`` and ``password`` as the settings take them."""
        return {"url": f"http://127.0.0.1:{self.port}", "user": RPC_USER, "password": self.password}

    def client(self, wallet: str = "") -> BitcoinClient:
        """The node's client, or that of one of its wallets; closed when the node stops."""
        if wallet not in self._clients:
            url = self.rpc_settings()["url"] + (f"/wallet/{wallet}" if wallet else "")
            self._clients[wallet] = BitcoinClient(url, user=RPC_USER, password=self.password)
        return self._clients[wallet]

    def mine(self, blocks: int = 1) -> list[str]:
        """Mine blocks with everything that waits; return their hashes."""
        miner = self.client(MINER_WALLET)
        return [str(item) for item in miner.call("generatetoaddress", blocks, self._miner_address())]

    def mine_empty(self, blocks: int = 1) -> list[str]:
        """Mine blocks without any waiting transaction, as a reorganisation needs them."""
        address = self._miner_address()
        return [str(self.client().call("generateblock", address, [])["hash"]) for _ in range(blocks)]

    def fund(self, address: str, satoshi: int) -> str:
        """Send coins of the miner to ``address`` without mining; return the txid."""
        return str(self.client(MINER_WALLET).call("sendtoaddress", address, to_bitcoin(satoshi)))

    def new_address(self) -> str:
        """An address of the miner's own wallet."""
        return self._miner_address()

    def disconnect_block(self, block_hash: str) -> None:
        """Make the node forget ``block_hash`` and all above it; their transactions wait again."""
        self.client().call("invalidateblock", block_hash)

    def _miner_address(self) -> str:
        return str(self.client(MINER_WALLET).call("getnewaddress", "", "bech32"))

    def _prepare_miner(self) -> None:
        client = self.client()
        if MINER_WALLET in client.call("listwallets"):
            return
        client.call("createwallet", MINER_WALLET, False, False, "", False, True, True)
        self.mine(MATURITY)

    def _readable_binary(self) -> BitcoindBinary:
        """The binary itself, or a copy of it where the node's user cannot reach the cache."""
        root = self.binary.root
        if root is None:
            return self.binary
        check = as_user(USER, ["test", "-x", str(root / "usr" / "bin" / "bitcoind")], death_signal=None)
        if subprocess.run(check, check=False, cwd="/", stderr=subprocess.DEVNULL).returncode == 0:
            return self.binary
        copy = make_directory(self.directory.parent / "bitcoind", "root", 0o755)
        subprocess.run(["cp", "-a", "--update", f"{root}/.", str(copy)], check=True)
        return unpacked(copy)

    def _configuration(self) -> str:
        return (
            "regtest=1\nserver=1\ntxindex=1\nfallbackfee=0.0002\n[regtest]\n"
            f"rpcbind=127.0.0.1\nrpcallowip=127.0.0.1\nrpcport={self.port}\n"
            f"rpcuser={RPC_USER}\nrpcpassword={self.password}\nlisten=0\n"
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
