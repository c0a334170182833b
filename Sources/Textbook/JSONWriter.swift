// Writes JSON (RFC 8259) straight into bytes: no tree, no reflection. Callers see to it that braces match and that keys
// are distinct.

/// JSON in the making, with its commas.
public struct JSONWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init(capacity: Int = 256) {
        bytes.reserveCapacity(capacity)
    }

    public mutating func beginObject() { open(0x7B) }
    public mutating func endObject() { close(0x7D) }
    public mutating func beginArray() { open(0x5B) }
    public mutating func endArray() { close(0x5D) }

    /// A key that needs no escapes.
    public mutating func key(_ name: StaticString) {
        separate()
        bytes.append(0x22)
        append(name)
        append("\":")
        needsComma = false
    }

    /// A key of any text.
    public mutating func key(escaping name: String) {
        string(name)
        bytes.append(0x3A)
        needsComma = false
    }

    /// Writes a string in quotes.
    ///
    /// Besides what JSON demands, control characters of Latin-1 (which some terminals obey) and the two line separators
    /// are escaped: a line stays one line wherever it is looked at.
    ///
    /// - Parameter byteCountMax: where to cut the string, at a whole scalar.
    /// - Returns: whether it was cut.
    @discardableResult
    public mutating func string(_ value: String, byteCountMax: Int = .max) -> Bool {
        separate()
        bytes.append(0x22)
        defer { bytes.append(0x22) }
        // Nearly all strings are short and need no escape.
        if appended(plain: value, byteCountMax: byteCountMax - Self.escapedByteCountMax) { return false }
        let end = byteCountMax == .max ? .max : bytes.count + byteCountMax
        for scalar in value.unicodeScalars {
            guard bytes.count <= end - Self.escapedByteCountMax else { return true }
            append(scalar)
        }
        return false
    }

    /// A number that an Int can hold.
    @inlinable
    public mutating func integer(_ value: some FixedWidthInteger) {
        decimal(Int(value))
    }

    public mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// A time as RFC 3339 has it, in UTC, with so many digits of the second's fraction.
    public mutating func time(_ value: UTCTime, fractionDigits: Int) {
        separate()
        bytes.append(0x22)
        value.append(fractionDigits: fractionDigits, to: &bytes)
        bytes.append(0x22)
    }

    /// A value whose text is JSON already, such as that of a finite Double.
    public mutating func literal(_ text: String) {
        separate()
        bytes += text.utf8
    }

    /// Ends the line after a value: the file is a value a line.
    public mutating func endLine() {
        bytes.append(0x0A)
        needsComma = false
    }

    public mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        string(value)
    }

    @inlinable
    public mutating func field(_ name: StaticString, _ value: some FixedWidthInteger) {
        key(name)
        integer(value)
    }

    public mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    @usableFromInline
    mutating func decimal(_ value: Int) {
        separate()
        bytes.append(decimal: value)
    }

    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }

    private mutating func open(_ brace: UInt8) {
        separate()
        bytes.append(brace)
        needsComma = false
    }

    private mutating func close(_ brace: UInt8) {
        bytes.append(brace)
        needsComma = true
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes += $0 }
    }

    /// `\u0000`, the longest form of a scalar.
    private static let escapedByteCountMax = 6

    /// Appends a string that is no longer than that and needs no escapes, or returns false.
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
