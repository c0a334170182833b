// The source of ids. A span needs no system call and no lock, and a trace needs one addition that threads share.

internal import Synchronization
internal import Textbook

/// SplitMix64 as one long sequence. Every trace takes its next 128 numbers. Within a process
/// no number comes twice; the start is the system's choice, so that processes do not meet.
final class SpanNumbers: Sendable {
    private static let numbersPerTrace: UInt64 = 128

    private let next: Atomic<UInt64>
    /// Separates processes whose sequences overlap.
    private let key: UInt64

    init(seed: UInt64 = .random(in: .min ... .max), key: UInt64 = .random(in: .min ... .max)) {
        next = Atomic(seed)
        self.key = key
    }

    /// The first number of the next trace.
    func start() -> UInt64 {
        next.wrappingAdd(SplitMix64.step &* Self.numbersPerTrace, ordering: .relaxed).oldValue
    }

    func traceID(_ start: UInt64) -> TraceID {
        let id = TraceID(high: SplitMix64.mix(start) ^ key, low: SplitMix64.mix(start &+ SplitMix64.step))
        return id.isValid ? id : TraceID(high: 1, low: id.low)
    }

    /// The id of the span at a place of its trace.
    static func spanID(_ start: UInt64, place: Int) -> SpanID {
        let number = SplitMix64.mix(start &+ SplitMix64.step &* UInt64(place + 2))
        return SpanID(number == 0 ? 1 : number)
    }
}
