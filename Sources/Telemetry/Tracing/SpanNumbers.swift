// The source of ids. A span needs no system call and no lock, and a trace needs one addition that threads share.

internal import Synchronization

/// SplitMix64 (Steele, Lea, Flood 2014) as one long sequence. Every trace takes its next 128 numbers. Within a process
/// no number comes twice; the start is the system's choice, so that processes do not meet.
final class SpanNumbers: Sendable {
    private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
    private static let numbersPerTrace: UInt64 = 128

    private let next: Atomic<UInt64>
    /// Separates processes whose sequences overlap.
    private let key: UInt64

    init(seed: UInt64 = .random(in: .min ... .max), key: UInt64 = .random(in: .min ... .max)) {
        next = Atomic(seed)
        self.key = key
    }

    /// Where the numbers of the next trace begin.
    func start() -> UInt64 {
        next.wrappingAdd(Self.step &* Self.numbersPerTrace, ordering: .relaxed).oldValue
    }

    func traceID(_ start: UInt64) -> TraceID {
        let id = TraceID(high: Self.mix(start) ^ key, low: Self.mix(start &+ Self.step))
        return id.isValid ? id : TraceID(high: 1, low: id.low)
    }

    /// The id of the span at a place of its trace.
    static func spanID(_ start: UInt64, place: Int) -> SpanID {
        let number = mix(start &+ step &* UInt64(place + 2))
        return SpanID(number == 0 ? 1 : number)
    }

    private static func mix(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
