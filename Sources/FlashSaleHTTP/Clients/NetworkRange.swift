// A range of addresses as settings write it (RFC 4632).

/// The addresses that begin with the same bits.
public struct NetworkRange: Hashable, Sendable, CustomStringConvertible {
    private let first: ClientAddress
    /// How many bits are the same, of the 128 of an IPv6 address.
    private let length: Int

    /// Reads `10.0.0.0/8`, `fd00::/8`, or one address. Nil for any other text.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = ClientAddress(parts[0]) else { return nil }
        let width = parts[0].contains(":") ? 128 : 32
        guard let length = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(length) else { return nil }
        first = address
        self.length = length + 128 - width
    }

    func contains(_ address: ClientAddress) -> Bool { (address.bits ^ first.bits) >> (128 - length) == 0 }

    public var description: String { "\(first)/\(first.isIPv4 ? length - 96 : length)" }
}

extension [NetworkRange] {
    func contains(_ address: ClientAddress) -> Bool { contains { $0.contains(address) } }
}
