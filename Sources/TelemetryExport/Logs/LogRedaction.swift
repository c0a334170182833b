// Tells by its name whether a field of a log line is a secret. It checks every name of every line without an
// allocation.

/// Decides by a field's name whether its value is shown.
enum LogRedaction {
    static let replacement = "[REDACTED]"

    /// Words that make a field a secret wherever they stand in its name.
    private static let secretWords: [Word] = [
        "password", "passwd", "secret", "dsn", "auth", "authorization", "cookie", "token", "baggage",
    ]

    private static let code: Word = "code"
    /// Words before `code` that make it a harmless code and not a cart's.
    private static let harmlessCodes: [Word] = ["status", "exit", "error", "reason"]

    /// Capitals and characters that are no letters separate the words of a name: `set-cookie`, `checkoutCode` and
    /// `AUTH_TOKENS` have two words.
    static func isSecret(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { name in
            var previous = Word()
            var word = Word()
            var lastWasLower = false
            for byte in name {
                let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                let isLower = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                if isUpper && lastWasLower || !isUpper && !isLower, !word.isEmpty {
                    if isSecret(word, after: previous) { return true }
                    previous = word
                    word = Word()
                }
                if isUpper || isLower { word.append(byte | 0x20) }
                lastWasLower = isLower
            }
            return isSecret(word, after: previous)
        }
    }

    private static func isSecret(_ word: Word, after previous: Word) -> Bool {
        let singular = word.singular
        return secretWords.contains(singular) || singular == code && !harmlessCodes.contains(previous)
    }

    /// The last sixteen letters of a word in lower case; no word of the lists is longer.
    private struct Word: Equatable, ExpressibleByStringLiteral {
        private var letters: UInt128 = 0

        init() {}

        init(stringLiteral text: StaticString) {
            text.withUTF8Buffer { for byte in $0 { append(byte) } }
        }

        var isEmpty: Bool { letters == 0 }

        /// Without the `s` that it may end with.
        var singular: Word {
            var singular = self
            if UInt8(truncatingIfNeeded: letters) == UInt8(ascii: "s") { singular.letters >>= 8 }
            return singular
        }

        mutating func append(_ letter: UInt8) { letters = letters << 8 | UInt128(letter) }
    }
}
