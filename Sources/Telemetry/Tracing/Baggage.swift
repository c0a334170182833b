// Members that callers add to their requests for all services downstream: https://www.w3.org/TR/baggage/. Anybody may
// write anything there, so only the members of a closed list are read.

internal import Textbook

/// The members of baggage that become attributes of the request's span.
public enum BaggageKey: String, CaseIterable, Sendable {
    /// Says that no person is behind the request: `bot` or `test`.
    case syntheticType = "user_agent.synthetic.type"
    /// The run of a load test.
    case testRun = "flashsale.test.run"
}

/// The listed members of the `baggage` headers.
public struct Baggage: Hashable, Sendable {
    /// The bounds of the specification, over all headers together.
    public static let membersMax = 64
    public static let bytesMax = 8_192
    /// A longer value is none that the service knows.
    static let valueBytesMax = 64

    public private(set) var members: [BaggageKey: String] = [:]

    public static let none = Baggage()

    private init() {}

    /// Reads the headers. Returns no baggage if they are too many, too long or malformed.
    public init(_ headers: [String]) {
        guard headers.reduce(0, { $0 + $1.utf8.count }) <= Self.bytesMax else { return }
        var members: [BaggageKey: String] = [:]
        var count = 0
        for header in headers {
            for piece in header.split(separator: ",", omittingEmptySubsequences: false) {
                count += 1
                let pair = piece.prefix { $0 != ";" }
                guard count <= Self.membersMax, let equals = pair.firstIndex(of: "=") else { return }
                let name = pair[..<equals].trimmingBlanks()
                let value = pair[pair.index(after: equals)...].trimmingBlanks()
                guard !name.isEmpty, name.utf8.allSatisfy(\.isTokenByte), value.utf8.allSatisfy(Self.isValueByte)
                else { return }
                guard let key = BaggageKey(rawValue: String(name)), value.utf8.count <= Self.valueBytesMax,
                    !value.utf8.contains(0x25)
                else { continue }
                members[key] = String(value)
            }
        }
        self.members = members
    }

    /// A byte of `baggage-octet`: printable, without blank, quote, comma, semicolon and backslash.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && ![0x22, 0x2C, 0x3B, 0x5C].contains(byte)
    }
}
