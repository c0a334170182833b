// The header that carries a trace between processes: https://www.w3.org/TR/trace-context-2/#traceparent-header

/// The parent of a span: the `traceparent` header's four parts.
///
///     00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
public struct TraceParent: Hashable, Sendable, CustomStringConvertible {
    public let traceID: TraceID
    public let spanID: SpanID
    public let flags: TraceFlags

    public init(traceID: TraceID, spanID: SpanID, flags: TraceFlags) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
    }

    /// Reads a header strictly. A header of a later version is read as far as it has the form of version 00; nil means
    /// that the request starts a trace of its own.
    public init?(_ text: some StringProtocol) {
        var digits = Digits(text.utf8)
        guard let version = digits.number(ofDigits: 2), version != 0xFF, digits.dash(),
            let high = digits.number(ofDigits: 16), let low = digits.number(ofDigits: 16), digits.dash(),
            let span = digits.number(ofDigits: 16), digits.dash(),
            let flags = digits.number(ofDigits: 2),
            digits.isAtEnd || version > 0 && digits.dash()
        else { return nil }
        traceID = TraceID(high: high, low: low)
        spanID = SpanID(span)
        self.flags = TraceFlags(rawValue: UInt8(flags)).intersection(.known)
        guard traceID.isValid, spanID.isValid else { return nil }
    }

    /// The bytes of the header. Every answer has them, so they are written without an allocation.
    public var bytes: InlineArray<55, UInt8> {
        var bytes = InlineArray<55, UInt8>(repeating: 0x30)
        bytes[2] = 0x2D
        bytes.write(hexadecimal: traceID.high, at: 3)
        bytes.write(hexadecimal: traceID.low, at: 19)
        bytes[35] = 0x2D
        bytes.write(hexadecimal: spanID.value, at: 36)
        bytes[52] = 0x2D
        bytes[54] = 0x30 + flags.rawValue & 0x0F
        return bytes
    }

    public var description: String { String(digits: bytes) }
}

/// Reads lower-case hexadecimal numbers of a known length from the front of a text.
private struct Digits<Bytes: Collection<UInt8>> {
    private var rest: Bytes.SubSequence

    init(_ bytes: Bytes) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(ofDigits count: Int) -> UInt64? {
        var number: UInt64 = 0
        for _ in 0..<count {
            guard let byte = rest.popFirst() else { return nil }
            switch byte {
            case 0x30...0x39: number = number << 4 | UInt64(byte - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(byte - 0x57)
            default: return nil
            }
        }
        return number
    }

    mutating func dash() -> Bool { rest.popFirst() == 0x2D }
}
