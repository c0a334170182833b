// What traces and spans are known by, as W3C Trace Context (level 2) writes them: lower-case hexadecimal digits.

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

    public func append(to text: inout [UInt8]) {
        text.append(hexadecimal: high)
        text.append(hexadecimal: low)
    }

    /// 32 digits.
    public var description: String {
        var text: [UInt8] = []
        append(to: &text)
        return String(decoding: text, as: UTF8.self)
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
        var text: [UInt8] = []
        text.append(hexadecimal: value)
        return String(decoding: text, as: UTF8.self)
    }
}

/// What a trace's participants tell each other in one byte. Bits without a meaning here are not passed on.
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

extension [UInt8] {
    /// Appends 16 lower-case digits.
    mutating func append(hexadecimal number: UInt64) {
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> shift & 0xF)
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }
}
