// The address of the service: an origin of http or https.

import Glibc
import NIOCore
import NIOPosix
import TLSClient
import Textbook

/// The service under test.
struct Target: Hashable, Sendable, CustomStringConvertible {
    /// Whether it is asked under TLS.
    let isSecure: Bool
    let server: HostPort
    /// The shop that every request names; nil for the one of the host, or the service's usual one.
    var shop: String?

    struct Invalid: Error, CustomStringConvertible {
        let text: String

        var description: String {
            "`\(text)` is no target: it must be like http://127.0.0.1:8080 or https://shop.example."
        }
    }

    /// Says why there is no connection to the service.
    struct Unknown: Error, CustomStringConvertible {
        let target: Target
        let why: String

        var description: String { "\(target) cannot be reached: \(why)." }
    }

    init(parsing text: String) throws(Invalid) {
        guard let address = HTTPAddress(text), ["", "/"].contains(address.rest) else { throw Invalid(text: text) }
        (isSecure, server) = (address.isSecure, address.server)
    }

    /// The fields that every request to it has.
    var fields: String {
        "Host: \(server)\r\nUser-Agent: flashsale-load" + (shop.map { "\r\nX-Shop-ID: \($0)" } ?? "")
    }

    var description: String { "\(isSecure ? "https" : "http")://\(server)" }

    /// All addresses of the host, in the resolver's order. They are looked up once, so that no connection waits for it.
    func addresses() throws(Unknown) -> [SocketAddress] {
        let host = server.host
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(server.port), &hints, &list)
        guard status == 0 else { throw Unknown(target: self, why: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        return sequence(first: list) { $0?.pointee.ai_next }.compactMap { entry in
            guard let address = entry?.pointee.ai_addr else { return nil }
            return switch Int32(address.pointee.sa_family) {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee, host: host) }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee, host: host) }
            default: nil
            }
        }
    }

    /// The first address that takes a connection. A name may have several, of which some are dead.
    func address(on eventLoop: any EventLoop, within seconds: Double) async throws -> SocketAddress {
        try await Self.firstOpen(try addresses(), of: self, on: eventLoop, within: seconds)
    }

    static func firstOpen(
        _ addresses: [SocketAddress], of target: Target, on eventLoop: any EventLoop, within seconds: Double
    ) async throws(Unknown) -> SocketAddress {
        var problems: [String] = []
        let share = TimeAmount.nanoseconds(Int64(seconds * 1e9) / Int64(max(1, addresses.count)))
        for address in addresses {
            do {
                let channel = try await ClientBootstrap(group: eventLoop).connectTimeout(share)
                    .connect(to: address).get()
                channel.close(promise: nil)
                return address
            } catch {
                problems.append("\(address.ipAddress ?? "its address"): \(ConnectFailure(error))")
            }
        }
        throw Unknown(target: target, why: problems.isEmpty ? "it has no address" : problems.joined(separator: "; "))
    }
}
