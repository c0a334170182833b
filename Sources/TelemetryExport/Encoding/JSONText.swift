// JSON, written into bytes.

/// Builds a JSON object. It escapes keys and values; the caller must not give a key twice.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    mutating func append(_ syntax: StaticString) {
        syntax.withUTF8Buffer { bytes += $0 }
    }

    /// Appends `"key":`, after a comma unless it is the first of its object.
    mutating func append(key: String) {
        if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
        append(string: key)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Appends a number or another value that is JSON already.
    mutating func append(literal: some StringProtocol) {
        bytes += literal.utf8
    }

    mutating func append(decimal value: some FixedWidthInteger) {
        bytes.append(decimal: value)
    }

    mutating func append(timestamp: RealTime) {
        bytes.append(UInt8(ascii: "\""))
        timestamp.append(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends a string in quotes.
    ///
    /// Control characters are escaped, also those of Latin-1, which some terminals obey, and the two line separators: a
    /// line of the log stays one line in every viewer.
    ///
    /// - Parameter byteCountMax: where to cut it, at a whole scalar.
    /// - Returns: whether it was cut.
    @discardableResult
    mutating func append(string: String, byteCountMax: Int = .max) -> Bool {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // Nearly all strings are short and need no escape.
        if appended(plain: string, byteCountMax: byteCountMax - Self.escapedByteCountMax) { return false }
        let end = byteCountMax == .max ? .max : bytes.count + byteCountMax
        for scalar in string.unicodeScalars {
            guard bytes.count <= end - Self.escapedByteCountMax else { return true }
            append(scalar)
        }
        return false
    }

    /// `\u0000`, the longest form of a scalar.
    private static let escapedByteCountMax = 6

    /// Appends a string that fits and needs no escape, or returns false.
    private mutating func appended(plain string: String, byteCountMax: Int) -> Bool {
        string.utf8.withContiguousStorageIfAvailable { text in
            guard text.count <= byteCountMax, text.allSatisfy(Self.isPlain) else { return false }
            bytes += text
            return true
        } ?? false
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x22: append("\\\"")
        case 0x5C: append("\\\\")
        case 0x0A: append("\\n")
        case 0x0D: append("\\r")
        case 0x09: append("\\t")
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029:
            append("\\u")
            for shift in [12, 8, 4, 0] as [UInt32] {
                let digit = UInt8(scalar.value >> shift & 0xF)
                bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            }
        case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
        default: bytes += UTF8.encode(scalar)!
        }
    }
}
