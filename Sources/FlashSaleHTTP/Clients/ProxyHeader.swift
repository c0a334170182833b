// The PROXY protocol, versions 1 and 2 (haproxy.org/download/3.0/doc/proxy-protocol.txt): with the first bytes of a
// connection, a proxy says whose connection it passes on.

internal import NIOCore

/// What the first bytes of a connection say.
enum ProxyHeader: Equatable {
    /// The header has not arrived whole.
    case incomplete
    /// These bytes are no header.
    case junk
    /// A header of so many bytes. The client is nil if the connection is the proxy's own, as for its health checks, or
    /// comes from no address of the internet.
    case whole(client: ClientAddress?, length: Int)

    /// The longest header that we read. Version 1 has 107 bytes at most; version 2 may add what proxies know of TLS.
    static let bytesMax = 2_048

    private static let firstBytes = Array("PROXY ".utf8)
    private static let signature: [UInt8] = [13, 10, 13, 10, 0, 13, 10, 0x51, 0x55, 0x49, 0x54, 10]
    private static let lineBytesMax = 107

    init(_ bytes: ByteBufferView) {
        if Self.begins(bytes, Self.signature) {
            self = Self.binary(bytes)
        } else if Self.begins(bytes, Self.firstBytes) {
            self = Self.line(bytes)
        } else {
            self = .junk
        }
    }

    /// Whether the bytes that have arrived are those of the beginning.
    private static func begins(_ bytes: ByteBufferView, _ beginning: [UInt8]) -> Bool {
        zip(bytes, beginning).allSatisfy { $0 == $1 }
    }

    /// Version 1: `PROXY TCP4 192.0.2.7 10.0.0.1 4711 443` and the end of a line.
    private static func line(_ bytes: ByteBufferView) -> ProxyHeader {
        guard let end = bytes.prefix(lineBytesMax).firstIndex(of: 10) else {
            return bytes.count < lineBytesMax ? .incomplete : .junk
        }
        let length = bytes.distance(from: bytes.startIndex, to: end) + 1
        let text = String(decoding: bytes[..<end], as: UTF8.self)
        guard text.utf8.last == 13 else { return .junk }
        let parts = text.dropLast().split(separator: " ", omittingEmptySubsequences: false)
        if parts.count >= 2, parts[1] == "UNKNOWN" { return .whole(client: nil, length: length) }
        guard parts.count == 6, UInt16(parts[4]) != nil, UInt16(parts[5]) != nil, let client = ClientAddress(parts[2]),
            ClientAddress(parts[3]) != nil, parts[1] == (parts[2].contains(":") ? "TCP6" : "TCP4")
        else { return .junk }
        return .whole(client: client, length: length)
    }

    /// Version 2: the signature, version and command, family, length, addresses, and more that we skip.
    private static func binary(_ bytes: ByteBufferView) -> ProxyHeader {
        let bytes = Array(bytes.prefix(bytesMax))
        guard bytes.count >= 16 else { return .incomplete }
        let (command, family) = (bytes[12], bytes[13])
        let length = 16 + Int(bytes[14]) << 8 + Int(bytes[15])
        guard length <= bytesMax, command == 0x20 || command == 0x21 else { return .junk }
        // LOCAL, and families without an address of the internet.
        let size: Int? = command == 0x20 || family == 0 || family == 0x31 ? 0 : [0x11: 4, 0x21: 16][family]
        // Two addresses of this size and two ports.
        guard let size, size == 0 || length >= 16 + 2 * size + 4 else { return .junk }
        guard bytes.count >= length else { return .incomplete }
        let bits = bytes[16..<16 + size].reduce(UInt128(0)) { $0 << 8 | UInt128($1) }
        let client = size == 0 ? nil : ClientAddress(bits: size == 4 ? ClientAddress.mapped | bits : bits)
        return .whole(client: client, length: length)
    }
}
