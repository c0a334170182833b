// The origin of a web page (RFC 6454), as settings write it and as browsers send it.

/// A scheme, a host and a port.
public struct WebOrigin: Hashable, Sendable, CustomStringConvertible {
    /// The ports that browsers leave out.
    private static let defaultPorts = ["http": 80, "https": 443]

    /// As a browser sends it: in lower case, without the scheme's default port.
    public let description: String

    /// Reads `https://shop.example` or `http://localhost:3000`. Nil for any other text, such as one with a path, `*` or
    /// `null`.
    public init?(_ text: some StringProtocol) {
        let text = text.lowercased()
        let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isScheme(parts[0]) else { return nil }
        // The colons of an IPv6 address stand within brackets.
        let end = parts[1].lastIndex(of: ":").flatMap { parts[1].hasSuffix("]") ? nil : $0 } ?? parts[1].endIndex
        let host = parts[1][..<end]
        guard Self.isHost(host) else { return nil }
        var port: Int?
        if end < parts[1].endIndex {
            let digits = parts[1][parts[1].index(after: end)...]
            guard digits.allSatisfy(\.isNumber), let number = Int(digits), (1...65_535).contains(number) else {
                return nil
            }
            port = number == Self.defaultPorts[String(parts[0])] ? nil : number
        }
        description = "\(parts[0])://\(host)" + (port.map { ":\($0)" } ?? "")
    }

    private static func isScheme(_ text: Substring) -> Bool {
        text.first.map { $0.isASCII && $0.isLetter } == true && text.allSatisfy { isPlain($0) || "+-.".contains($0) }
    }

    /// Whether the text is a name, which may have its letters of other scripts as `xn--…` only, or an address.
    private static func isHost(_ text: Substring) -> Bool {
        guard text.hasPrefix("[") else { return !text.isEmpty && text.allSatisfy { isPlain($0) || "-._".contains($0) } }
        return text.hasSuffix("]") && text.contains(":") && ClientAddress(text.dropFirst().dropLast()) != nil
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
    }
}
