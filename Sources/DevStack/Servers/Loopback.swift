// The address of the loopback interface: 127.0.0.1, or ::1 on a machine that has no other.

import Glibc

/// Where private servers listen, so that nobody else can connect.
public enum Loopback {
    /// The address, as servers and clients take it.
    public static let host = isThere(AF_INET) || !isThere(AF_INET6) ? "127.0.0.1" : "::1"

    /// The address with a port, as URLs have it.
    static func authority(_ port: Int) -> String { isOfIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static let isOfIPv6 = host == "::1"

    /// Opens a socket of the address's family; negative if that fails.
    static func openSocket() -> Int32 { openSocket(isOfIPv6 ? AF_INET6 : AF_INET) }

    /// Calls the body with the address and a port, for `bind` and `connect`.
    static func withAddress(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        withAddress(of: isOfIPv6 ? AF_INET6 : AF_INET, port: port, body)
    }

    private static func isThere(_ family: Int32) -> Bool {
        let descriptor = openSocket(family)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withAddress(of: family, port: 0) { bind(descriptor, $0, $1) } == 0
    }

    private static func openSocket(_ family: Int32) -> Int32 {
        socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    }

    private static func withAddress(
        of family: Int32, port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        if family == AF_INET6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = UInt16(port).bigEndian
            inet_pton(AF_INET6, "::1", &address.sin6_addr)
            return withPointer(to: address, body)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        return withPointer(to: address, body)
    }

    private static func withPointer<Address>(
        to address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<Address>.size)) }
        }
    }
}
