// The ids of traces and spans, as W3C Trace Context (level 2) writes them: lower-case hexadecimal digits.

/// 128 bits that all spans of a trace share. All zeros is no trace.
public struct TraceID: Hashable, Sendable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public var isValid: Bool { high | low != 0 }

    /// The low 56 bits, which are random where the flag ``TraceFlags/random`` says so.
    public var randomness: UInt64 { low & 0x00FF_FFFF_FFFF_FFFF }

    /// 32 digits.
    public var description: String {
        var digits = InlineArray<32, UInt8>(repeating: 0)
        digits.write(hexadecimal: high, at: 0)
        digits.write(hexadecimal: low, at: 16)
        return String(digits: digits)
    }
}

/// 64 bits that name a span within its trace. Zero is no span.
public struct SpanID: Hashable, Sendable, CustomStringConvertible {
    public let value: UInt64

    public init(_ value: UInt64) {
        self.value = value
    }

    public var isValid: Bool { value != 0 }

    /// 16 digits.
    public var description: String {
        var digits = InlineArray<16, UInt8>(repeating: 0)
        digits.write(hexadecimal: value, at: 0)
        return String(digits: digits)
    }
}

/// One byte that the services of a trace pass on. Bits without a meaning here are left out.
public struct TraceFlags: OptionSet, Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The caller may have recorded the trace.
    public static let sampled = TraceFlags(rawValue: 0x01)
    /// The low 56 bits of the trace's id are random.
    public static let random = TraceFlags(rawValue: 0x02)
    static let known: TraceFlags = [.sampled, .random]

    /// Two digits.
    public var description: String { "0\(rawValue & 0x0F)" }
}

extension InlineArray where Element == UInt8 {
    /// Writes 16 lower-case digits from a place on.
    mutating func write(hexadecimal number: UInt64, at start: Int) {
        var span = mutableSpan
        var bytes = span.mutableBytes
        let digits = (high: Self.digits(number >> 32), low: Self.digits(number & 0xFFFF_FFFF))
        bytes.storeBytes(of: digits.high.bigEndian, toByteOffset: start, as: UInt64.self)
        bytes.storeBytes(of: digits.low.bigEndian, toByteOffset: start + 8, as: UInt64.self)
    }

    /// The eight digits of a number of 32 bits, all at once: each of its nibbles moves into a byte of its own.
    private static func digits(_ number: UInt64) -> UInt64 {
        var nibbles = (number | number << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        // 1 in the bytes of ten and more, whose digits begin 0x27 after those of the others.
        let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles + 0x3030_3030_3030_3030 + letters * 0x27
    }
}

extension String {
    init<let count: Int>(digits: InlineArray<count, UInt8>) {
        self = digits.span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
