// The ids of traces and spans, as W3C Trace Context (level 2) writes them: lower-case hexadecimal digits.

internal import Textbook

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
        String(hexadecimal: high, low)
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
        span.withUnsafeMutableBytes { $0.write(hexadecimal: number, at: start) }
    }
}

extension String {
    init<let count: Int>(digits: InlineArray<count, UInt8>) {
        self = digits.span.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
