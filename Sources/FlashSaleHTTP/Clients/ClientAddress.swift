// The address of a client, without its port.

internal import FlashSale
internal import Glibc
internal import NIOCore
internal import Textbook

/// An IP address. An IPv4 address that is written as IPv6 is the IPv4 address.
public struct ClientAddress: Hashable, Sendable, CustomStringConvertible {
    /// The IPv6 address; for IPv4 the mapped one (RFC 4291, section 2.5.5.2).
    let bits: UInt128

    /// The first bits of an IPv4 address that is written as IPv6.
    static let mapped: UInt128 = 0xFFFF << 32

    init(bits: UInt128) {
        self.bits = bits
    }

    /// Where a visitor at this address stands under overload, on every instance.
    var admissionPlace: AdmissionPlace {
        var numbers = SplitMix64(seed: UInt64(truncatingIfNeeded: bits ^ bits >> 64))
        return AdmissionPlace(drawnBy: numbers.next())
    }

    /// Nil for the address of a socket that is not of the internet.
    init?(_ address: SocketAddress) {
        let bits: UInt128? = address.withSockAddr { socket, size in
            let bytes = UnsafeRawBufferPointer(start: socket, count: size)
            // The addresses in `sockaddr_in` and `sockaddr_in6`, in network order.
            return switch address {
            case .v4: Self.mapped | UInt128(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
            case .v6: UInt128(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt128.self))
            case .unixDomainSocket: nil
            }
        }
        guard let bits else { return nil }
        self.init(bits: bits)
    }

    /// Nil for a text that is no address.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        var (short, long) = (UInt32(0), UInt128(0))
        if inet_pton(AF_INET, text, &short) == 1 {
            self.init(bits: Self.mapped | UInt128(UInt32(bigEndian: short)))
        } else if inet_pton(AF_INET6, text, &long) == 1 {
            self.init(bits: UInt128(bigEndian: long))
        } else {
            return nil
        }
    }

    var isIPv4: Bool { bits >> 32 == 0xFFFF }

    /// Whether it is this machine's own (127.0.0.0/8, ::1).
    var isLoopback: Bool { isIPv4 ? UInt8(truncatingIfNeeded: bits >> 24) == 127 : bits == 1 }

    /// The network that one operator has at least: the first 24 bits of an IPv4 address, 56 of an IPv6 address.
    var network: Network { Network(bits: isIPv4 ? bits & ~0xFF : (bits >> 72) << 72) }

    /// What shares a bound, because one client can have all its addresses.
    struct Network: Hashable, Sendable {
        fileprivate let bits: UInt128
    }

    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        if isIPv4 {
            var address = UInt32(truncatingIfNeeded: bits).bigEndian
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var address = bits.bigEndian
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
