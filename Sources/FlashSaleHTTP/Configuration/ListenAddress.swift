// Where a listener takes connections: at an address, or from a socket that another process opened for it.

internal import Glibc
internal import NIOCore
internal import Textbook

/// A host (a name or an address) and a TCP port.
public struct ListenAddress: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int
    /// The socket that listens there already; nil if the listener has to open one.
    let descriptor: CInt?

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
        descriptor = nil
    }

    /// The address of a socket that the process inherited; nil if the descriptor is no TCP socket that listens.
    public init?(inherited descriptor: CInt) {
        var (isListening, size) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening != 0 else {
            return nil
        }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let address: SocketAddress? = withUnsafeMutableBytes(of: &storage) { bytes in
            let isNamed = bytes.withMemoryRebound(to: sockaddr.self) {
                getsockname(descriptor, $0.baseAddress, &length)
            }
            guard isNamed == 0 else { return nil }
            return switch CInt(bytes.loadUnaligned(as: sa_family_t.self)) {
            case AF_INET: SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self))
            case AF_INET6: SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self))
            default: nil
            }
        }
        guard let host = address?.ipAddress, let port = address?.port else { return nil }
        self.host = host
        self.port = port
        self.descriptor = descriptor
    }

    /// Whether only this machine can connect. A name is one that everybody knows, or it counts as outside.
    public var isLoopback: Bool { host == "localhost" || ClientAddress(host)?.isLoopback ?? false }

    public var description: String { "\(HostPort(host: host, port: port))" }
}
