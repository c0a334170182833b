// Rates for a board. Looks at a sale leave samples here, and a rate is the difference between two of them: so a board
// at which nobody looks costs nothing.

internal import FlashSale
internal import OperatorConsole
internal import Synchronization
internal import Telemetry

final class ConsolePulses: Sendable {
    private struct Sample {
        let at: ContinuousClock.Instant
        let sold: Int
        let attempts: UInt64
        let refusals: [(name: String, count: UInt64)]
    }

    /// Over how long a rate is taken at most, and at least.
    private static let window = Duration.seconds(60)
    private static let windowMin = Duration.milliseconds(900)
    private static let salesMax = 16

    private let samples = Mutex<[SaleID: [Sample]]>([:])
    private let instruments: Instruments

    init(_ instruments: Instruments) {
        self.instruments = instruments
    }

    /// Of checkouts by this instance since its start, by why: those of the flow, and those of waiting rooms before it.
    private var refusals: [(name: String, count: UInt64)] {
        let counts =
            instruments.sale.checkoutFailureTotal.counts.map { ($0.labels.rawValue, $0.count) }
            + instruments.room.waitingRoomRefusedTotal.counts.map { ("waiting room: \($0.labels.rawValue)", $0.count) }
        return counts.map { ($0.replacing("_", with: " "), $1) }
    }

    /// The pulse of a sale, as of this look.
    func look(at view: LiveView, now: ContinuousClock.Instant = .now) -> ConsoleBoard.Pulse {
        let latest = Sample(
            at: now, sold: view.stock.sold, attempts: instruments.sale.checkoutAttemptsTotal.value,
            refusals: refusals)
        let first = samples.withLock { samples -> Sample? in
            if samples.count >= Self.salesMax, samples[view.sale.id] == nil { samples.removeAll() }
            var known = samples[view.sale.id, default: []].filter { now - $0.at <= Self.window }
            let first = known.first
            // Many that look at once do not make more samples.
            if known.last.map({ now - $0.at >= Self.windowMin }) ?? true { known.append(latest) }
            samples[view.sale.id] = known
            return first.flatMap { now - $0.at >= Self.windowMin ? $0 : nil }
        }
        var pulse = ConsoleBoard.Pulse()
        if let first {
            pulse.seconds = (now - first.at) / .seconds(1)
            pulse.sold = max(0, latest.sold - first.sold)
            pulse.attempts = latest.attempts - first.attempts
        }
        for (place, (name, total)) in latest.refusals.enumerated() where total > 0 {
            let lately = first.map { total - $0.refusals[place].count } ?? 0
            pulse.refusals.append((name, total, lately))
        }
        pulse.refusals.sort { ($0.lately, $0.total) > ($1.lately, $1.total) }
        return pulse
    }
}
