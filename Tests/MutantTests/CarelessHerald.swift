// Mutants of the herald's care: what a careless herald would do, done at its seams to the ledger and to the receiver.

import FlashSale
import Synchronization
import Webhooks

/// One way for a herald to be careless.
enum HeraldCarelessness: Sendable {
    /// Events count as told before the receiver has answered.
    case notesBeforeTheAnswer
    /// Any answer takes an event, and none does too.
    case takesRefusals
    /// It goes on though another instance has the duty.
    case outlivesItsFence
    /// It takes what a receiver says of one event as said of all.
    case waitsForAll
    /// It goes on to tell a receiver that is gone.
    case tellsTheGone
}

extension Mutant {
    static let heralds = [
        herald("notes_before_the_answer", lacks: "that an event is told once it is answered", .notesBeforeTheAnswer),
        herald("takes_refusals", lacks: "that a 2xx alone takes an event", .takesRefusals),
        herald("herald_outlives_its_fence", lacks: "that a herald ends with its duty", .outlivesItsFence),
        herald("waits_for_all", lacks: "that an event that is refused holds up its sale alone", .waitsForAll),
        herald("tells_the_gone", lacks: "that a receiver that is gone is told nothing more", .tellsTheGone),
    ]

    private static func herald(_ name: String, lacks: String, _ carelessness: HeraldCarelessness) -> Mutant {
        Mutant(name, lacks: lacks, .herald(carelessness))
    }
}

/// A ledger and a receiver in the hands of a careless herald.
final class CarelessHerald: EventLedger {
    private let ledger: any EventLedger
    private let carelessness: HeraldCarelessness?
    private let fence = Mutex<FencingNumber?>(nil)

    init(_ ledger: any EventLedger, _ carelessness: HeraldCarelessness?) {
        self.ledger = ledger
        self.carelessness = carelessness
    }

    func due(fence: FencingNumber) async throws(LedgerFailure) -> [UntoldSale]? {
        self.fence.withLock { $0 = fence }
        return try await ledger.due(fence: fence)
    }

    func horizon(of sale: SaleID) async throws(LedgerFailure) -> Int64? { try await ledger.horizon(of: sale) }

    func events(
        of sale: UntoldSale, upTo horizon: Int64, atMost limit: Int
    ) async throws(LedgerFailure) -> [LedgerEvent] {
        let events = try await ledger.events(of: sale, upTo: horizon, atMost: limit)
        if carelessness == .notesBeforeTheAnswer, let last = events.last, let fence = fence.withLock(\.self) {
            _ = try await ledger.advance(sale.id, to: last.number, fence: fence)
        }
        return events
    }

    func advance(_ sale: SaleID, to number: Int64, fence: FencingNumber) async throws(LedgerFailure) -> Bool {
        let isNoted = try await ledger.advance(sale, to: number, fence: fence)
        return isNoted || carelessness == .outlivesItsFence
    }

    func hears(_ answer: WebhookAnswer) -> WebhookAnswer {
        switch (carelessness, answer) {
        case (.takesRefusals, .refused), (.takesRefusals, .noAnswer): .taken
        case (.waitsForAll, .refused(422, _)): .refused(status: 503, retryAfter: .seconds(60))
        case (.tellsTheGone, .gone): .refused(status: 410, retryAfter: nil)
        default: answer
        }
    }
}
