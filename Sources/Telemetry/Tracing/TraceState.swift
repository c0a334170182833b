// The data of vendors beside the parent: https://www.w3.org/TR/trace-context-2/#tracestate-header

internal import Textbook

/// The members of the `tracestate` headers, checked and not changed.
public struct TraceState: Hashable, Sendable, CustomStringConvertible {
    /// The bounds of the specification.
    public static let membersMax = 32
    /// For all headers together; the specification asks for at least 512.
    public static let bytesMax = 2_048

    /// The members, joined by commas.
    public let description: String

    /// Reads the headers in their order. Nil if they have no member, if one of them is malformed, if a key comes twice,
    /// or if they are too long: the service does not pass on what it cannot understand.
    public init?(_ headers: [String]) {
        guard headers.reduce(0, { $0 + $1.utf8.count }) <= Self.bytesMax else { return nil }
        var members: [Substring] = []
        var keys: Set<Substring> = []
        for header in headers {
            for piece in header.split(separator: ",", omittingEmptySubsequences: false) {
                let member = piece.trimmingBlanks()
                if member.isEmpty { continue }
                guard let equals = member.firstIndex(of: "="), Self.isKey(member[..<equals].utf8),
                    Self.isValue(member[member.index(after: equals)...].utf8),
                    keys.insert(member[..<equals]).inserted
                else { return nil }
                members.append(member)
            }
        }
        guard !members.isEmpty, members.count <= Self.membersMax else { return nil }
        description = members.joined(separator: ",")
    }

    /// The state of a root that this process has sampled: `ot=th:…`, the threshold without its trailing zeros.
    init(threshold: UInt64) {
        var digits = InlineArray<16, UInt8>(repeating: 0)
        digits.write(hexadecimal: threshold, at: 0)
        let significant = String(digits: digits).dropFirst(2).reversed().drop { $0 == "0" }.reversed()
        description = "ot=th:" + (significant.isEmpty ? "0" : String(significant))
    }

    /// The 56 random bits of `ot=rv:…`, by which to sample if the root has no random id.
    var randomness: UInt64? {
        guard let value = otelField("rv"), value.utf8.count == 14,
            value.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return UInt64(value, radix: 16)
    }

    private func otelField(_ name: String) -> Substring? {
        let own = description.split(separator: ",").first { $0.hasPrefix("ot=") }
        let field = own?.dropFirst(3).split(separator: ";").first { $0.hasPrefix(name + ":") }
        return field?.dropFirst(name.count + 1)
    }

    /// `lcalpha *( lcalpha / DIGIT / "_" / "-" / "*" / "/" )`, or a tenant, which may begin with a digit, `@` and a
    /// system.
    private static func isKey(_ key: Substring.UTF8View) -> Bool {
        func isName(_ name: Substring.UTF8View, digitsFirst: Bool, bytesMax: Int) -> Bool {
            guard let first = name.first, name.count <= bytesMax else { return false }
            guard (0x61...0x7A).contains(first) || digitsFirst && (0x30...0x39).contains(first) else { return false }
            return name.allSatisfy { byte in
                switch byte {
                case 0x61...0x7A, 0x30...0x39, 0x5F, 0x2D, 0x2A, 0x2F: true
                default: false
                }
            }
        }
        guard let at = key.firstIndex(of: 0x40) else { return isName(key, digitsFirst: false, bytesMax: 256) }
        return isName(key[..<at], digitsFirst: true, bytesMax: 241)
            && isName(key[key.index(after: at)...], digitsFirst: false, bytesMax: 14)
    }

    /// 1 to 256 printable characters without comma and equals sign, the last of them no blank.
    private static func isValue(_ value: Substring.UTF8View) -> Bool {
        (1...256).contains(value.count) && value.last != 0x20
            && value.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x2C && $0 != 0x3D }
    }
}
