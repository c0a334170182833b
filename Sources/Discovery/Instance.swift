// One running process of the service, as others know it.
//
// Trust rule: what a registry says of others is what somebody wrote there. It is read strictly, bounded, and shown;
// nobody connects to it here, and it holds no secret: an address has no place for one.

public import Textbook

/// What an instance says of itself.
public struct Instance: Hashable, Sendable {
    /// Of one run: after a restart it is another instance. 1 to 64 of `A-Z a-z 0-9 . _ : @ -`.
    public let id: String
    /// Of the machine and the process, for people.
    public let name: String
    /// Where buyers reach it.
    public let api: ServiceAddress
    /// Where its metrics and its health are.
    public let operations: ServiceAddress
    public let build: String
    /// By its own clock.
    public let startedAt: UTCTime

    static let textBytesMax = 128

    /// Nil if the id has another form, or a text is longer than 128 bytes or has more than printable ASCII.
    public init?(
        id: String, name: String, api: ServiceAddress, operations: ServiceAddress, build: String, startedAt: UTCTime
    ) {
        let isShown = [name, build].allSatisfy { text in
            text.utf8.count <= Self.textBytesMax && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }
        }
        guard id.isIdentifier(lengthMax: 64), isShown else { return nil }
        self.id = id
        self.name = name
        self.api = api
        self.operations = operations
        self.build = build
        self.startedAt = startedAt
    }

    /// An id that no other run has.
    public static func freshID() -> String {
        let halves = (0..<2).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }
        return halves.map { String(repeating: "0", count: 16 - $0.count) + $0 }.joined()
    }
}

/// Where an instance listens: `http://10.0.0.7:8080`, and no path, no user, no password.
public struct ServiceAddress: Hashable, Sendable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    public let server: HostPort

    public init?(_ text: String) {
        guard text.utf8.count <= Instance.textBytesMax, let address = HTTPAddress(text), address.rest.isEmpty else {
            return nil
        }
        scheme = address.isSecure ? "https" : "http"
        server = address.server
    }

    /// - Parameter host: a name or an address, without brackets.
    public init?(scheme: String, host: String, port: Int) {
        self.init("\(scheme)://\(HostPort(host: host, port: port))")
    }

    public var description: String { "\(scheme)://\(server)" }
}
