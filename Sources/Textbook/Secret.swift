// A text that must not be shown: a token, or an address with a password in it.

/// A secret. However it is printed, or what holds it, its text is not there.
public struct Secret: Sendable, CustomStringConvertible, CustomReflectable {
    /// The text, for the one that must know it.
    public let revealed: String

    public init(_ text: String) {
        revealed = text
    }

    public var description: String { "[REDACTED]" }
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Whether a guess is right, in a time that depends on the guess's length alone. An empty secret has no right
    /// guess.
    public func isGuessed(by guess: some Collection<UInt8>) -> Bool {
        var text = revealed
        return text.withUTF8 { secret in
            guard !secret.isEmpty else { return false }
            var difference = UInt(bitPattern: guess.count ^ secret.count)
            var place = 0
            for byte in guess {
                difference |= UInt(byte ^ secret[place])
                place = place + 1 == secret.count ? 0 : place + 1
            }
            return difference == 0
        }
    }
}
