"""Typed structured data: the mail example of EIP-712, hash by hash."""

from eth_utils.crypto import keccak

from custody.chains.evm.eip712 import digest, struct_hash

DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
PERSON = "Person(string name,address wallet)"
MAIL = f"Mail(Person from,Person to,string contents){PERSON}"


def person(name: str, wallet: str) -> bytes:
    return struct_hash(PERSON, ["bytes32", "address"], [keccak(name.encode()), wallet])


def test_hashes_the_published_mail() -> None:
    domain = struct_hash(
        DOMAIN,
        ["bytes32", "bytes32", "uint256", "address"],
        [keccak(b"Ether Mail"), keccak(b"1"), 1, "0xcccccccccccccccccccccccccccccccccccccccc"],
    )
    cow = person("Cow", "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826")
    bob = person("Bob", "0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
    mail = struct_hash(MAIL, ["bytes32"] * 3, [cow, bob, keccak(b"Hello, Bob!")])
    assert domain.hex() == "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f"
    assert cow.hex() == "fc71e5fa27ff56c350aa531bc129ebdf613b772b6604664f5d8dbe21b85eb0c8"
    assert bob.hex() == "cd54f074a4af31b4411ff6a60c9719dbd559c221c8ac3492d9d872b041d703d1"
    assert mail.hex() == "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e"
    assert digest(domain, mail).hex() == "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
