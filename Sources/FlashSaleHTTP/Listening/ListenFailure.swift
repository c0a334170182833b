// Why an address could not be listened on, in one sentence.

internal import Glibc
internal import NIOCore
internal import NIOPosix

/// An address that cannot be listened on, and why.
public struct ListenFailure: Error, CustomStringConvertible, Sendable {
    public let address: ListenAddress
    public let why: String

    init(address: ListenAddress, error: any Error) {
        self.address = address
        why =
            switch (error as? IOError)?.errnoCode {
            case nil where error is SocketAddressError.UnknownHost: "no host of this name is known"
            case EADDRINUSE: "the port is in use"
            case EACCES: "this user may not listen on the port"
            case EADDRNOTAVAIL, EAFNOSUPPORT: "the host has no such address"
            default: "\(error)"
            }
    }

    public var description: String { "cannot listen on \(address): \(why)" }
}
