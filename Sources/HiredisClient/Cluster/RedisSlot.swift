// The slot of a key in a Redis Cluster, as the specification computes it: https://redis.io/docs/reference/cluster-spec

/// One of the 16,384 parts into which a cluster divides the keys. Each is on one node.
public struct RedisSlot: Hashable, Sendable {
    static let count = 16_384

    let number: Int

    /// The slot of a key. Of a key with a hash tag, which stands between the first `{` and the next `}`, only the tag
    /// counts; so keys with the same tag share a slot.
    public init(of key: String) {
        let key = key.utf8
        let tag = key.firstIndex(of: UInt8(ascii: "{")).flatMap { open -> Substring.UTF8View? in
            let rest = key[key.index(after: open)...]
            guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close > rest.startIndex else { return nil }
            return rest[..<close]
        }
        number = Int(Self.crc16(tag ?? key[...])) % Self.count
    }

    init(number: Int) {
        self.number = number
    }

    /// CRC-16/XMODEM: the polynomial 0x1021, from 0, the highest bit first.
    private static func crc16(_ bytes: Substring.UTF8View) -> UInt16 {
        bytes.reduce(0) { crc, byte in crc << 8 ^ table[Int(crc >> 8) ^ Int(byte)] }
    }

    private static let table: [UInt16] = (0..<256).map { byte in
        (0..<8).reduce(UInt16(byte) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
}
