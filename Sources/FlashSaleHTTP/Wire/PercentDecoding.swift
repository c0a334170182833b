// Turns a piece of a request target into text. It refuses bytes that can be read in two ways.

internal import Textbook

/// Why the service does not take a parameter's bytes as text, as the end of a sentence.
struct TextFailure: Error, Equatable {
    let why: String

    static let badEscape = TextFailure(why: "has a percent escape that is not two hexadecimal digits")
    static let notUTF8 = TextFailure(why: "is not UTF-8")
    static let control = TextFailure(why: "has a control character")
    static let tooLong = TextFailure(why: "is too long")
}

/// Decodes percent escapes. `+` stays a plus sign.
///
/// - Parameter limit: the most bytes of the decoded text.
func percentDecoded(_ bytes: some Collection<UInt8>, limit: Int) throws(TextFailure) -> String {
    guard bytes.count <= limit * 3 else { throw .tooLong }
    guard bytes.contains(0x25) else { return try text(of: bytes, limit: limit) }
    guard let decoded = [UInt8](percentDecoding: bytes) else { throw .badEscape }
    return try text(of: decoded, limit: limit)
}

private func text(of bytes: some Collection<UInt8>, limit: Int) throws(TextFailure) -> String {
    guard bytes.count <= limit else { throw .tooLong }
    guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw .control }
    // `String(validating:)` is fast for a buffer of bytes and slow for a slice of one.
    let whole = bytes.withContiguousStorageIfAvailable { String(validating: $0, as: UTF8.self) }
    guard let text = whole ?? String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
    return text
}
