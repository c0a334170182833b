// Which fields of a log line hold a secret, by their names.

/// Decides by a field's name whether its value is shown.
enum LogRedaction {
    static let replacement = "[REDACTED]"

    /// Words that make a field a secret wherever they stand in its name.
    private static let secretWords: Set<String> = [
        "password", "passwd", "secret", "dsn", "auth", "authorization", "cookie", "token", "baggage",
    ]

    /// What a `code` may be the code of without being a buyer's checkout code.
    private static let harmlessCodes: Set<String> = ["status", "exit", "error", "reason"]

    static func isSecret(_ name: String) -> Bool {
        let words = words(of: name)
        for (position, word) in words.enumerated() {
            let singular = word.hasSuffix("s") ? String(word.dropLast()) : word
            if secretWords.contains(singular) { return true }
            if singular == "code", position == 0 || !harmlessCodes.contains(words[position - 1]) { return true }
        }
        return false
    }

    /// The words of a name in lower case: `set-cookie`, `checkoutCode` and `AUTH_TOKENS` have two.
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        var previousWasLower = false
        func finish() {
            if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
            word = []
        }
        for byte in name.utf8 {
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            let isLower = byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
            if isUpper && previousWasLower || !isUpper && !isLower { finish() }
            if isUpper || isLower { word.append(byte | 0x20) }
            previousWasLower = isLower
        }
        finish()
        return words
    }
}
