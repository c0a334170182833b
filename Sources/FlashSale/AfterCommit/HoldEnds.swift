// What the end of a hold entails, after the ledger has committed it: it is counted once, and the gate frees the unit.

public import Telemetry

/// Counts holds that ended on time, and tells the gate.
///
/// Holds end on time in two places: the sweeper ends them, and a batch of checkouts or purchases ends those in its way.
public struct HoldEnds: Sendable {
    private let board: SaleBoard
    private let gate: any GateUpkeep
    private let afterwards: Afterwards
    private let instruments: SaleInstruments

    public init(board: SaleBoard, gate: any GateUpkeep, afterwards: Afterwards, instruments: SaleInstruments) {
        self.board = board
        self.gate = gate
        self.afterwards = afterwards
        self.instruments = instruments
    }

    /// Counts and tells what the sweeper ended.
    func settle(_ ended: [EndedHold], of sale: Sale) async {
        for hold in ended { instruments.count([hold], as: hold.hold.expiresAt >= sale.endedAt ? .saleEnded : .expired) }
        await gate.tell(ended.map { .released($0.hold) }, of: sale)
    }

    /// Counts and tells what a batch ended. No request of the batch waits for it. If the sale cannot be read now, it is
    /// not counted, and the drift check tells the gate.
    public func settleAfterwards(_ ended: [EndedHold], of id: SaleID) {
        afterwards.run(.gateSettle) { [self] in
            guard let sale = try? await board.sale(id) else { return }
            await settle(ended, of: sale)
        }
    }
}

extension SaleInstruments {
    /// Counts holds that ended, with their age by the ledger's clock.
    func count(_ ended: [EndedHold], as outcome: HoldOutcome) {
        checkoutHoldsReleasedTotal.increment(outcome, by: UInt64(ended.count))
        for hold in ended { checkoutHoldAgeSeconds.observe(hold.age, outcome) }
    }
}
