// How the herald stands with its receiver: which sales wait because an event was not taken, and for how long.
//
// A sale's events keep their order, so an event that is not taken holds up its sale. It holds up no other: what one
// event's receiver cannot read says nothing about the next one. A receiver that is away fails for each sale in turn.

internal import FlashSale
internal import Textbook

/// The herald's memory between attempts. It is lost with the process: then each sale is tried at once.
struct HeraldStanding {
    /// The shortest and the longest wait of a sale after a failure, but for a receiver that asks for a longer one.
    static let waits = Backoff.Bounds(minimum: .seconds(1), maximum: .seconds(60))

    private struct Wait {
        let event: LedgerEvent
        var backoff = Backoff(HeraldStanding.waits)
        var until: ContinuousClock.Instant
    }

    private var waits: [SaleID: Wait] = [:]
    private var restsUntil: ContinuousClock.Instant?
    private var isGone = false

    /// Whether nothing is to be told at a moment.
    func rests(at moment: ContinuousClock.Instant) -> Bool { isGone || restsUntil.map { moment < $0 } ?? false }

    /// The sales to tell of now: those whose last event was taken, then those that have waited, the longest first.
    mutating func turn(of due: [UntoldSale], at moment: ContinuousClock.Instant) -> [UntoldSale] {
        // Somebody may have stepped past the event that a sale waits with.
        let told = Dictionary(due.map { ($0.id, $0.told) }) { $1 }
        waits = waits.filter { sale, wait in told[sale].map { $0 < wait.event.number } ?? false }
        let again = due.compactMap { sale in waits[sale.id].map { (sale: sale, until: $0.until) } }
            .filter { $0.until <= moment }.sorted { $0.until < $1.until }.map(\.sale)
        return due.filter { waits[$0.id] == nil } + again
    }

    /// Before which moment all is told, if what comes next happened at one.
    func toldUntil(_ next: Timestamp) -> Timestamp { waits.values.reduce(next) { min($0, $1.event.happenedAt) } }

    /// - Returns: how often the event had not been taken.
    mutating func taken(of sale: SaleID) -> Int { waits.removeValue(forKey: sale)?.backoff.attempts ?? 0 }

    /// - Parameters:
    ///   - wanted: the wait that the receiver asked for.
    ///   - isForAll: whether it asked for it whatever the event.
    /// - Returns: whether it is the first failure of the event.
    mutating func failed(
        _ event: LedgerEvent, of sale: SaleID, at moment: ContinuousClock.Instant, wanted: Duration?, isForAll: Bool,
        using generator: inout some RandomNumberGenerator
    ) -> Bool {
        var wait = waits[sale] ?? Wait(event: event, until: moment)
        let isFirst = wait.backoff.attempts == 0
        wait.until = moment + max(wait.backoff.next(using: &generator), wanted ?? .zero)
        waits[sale] = wait
        if isForAll, let wanted { restsUntil = moment + wanted }
        return isFirst
    }

    mutating func gone() { isGone = true }
}
