// The waiting rooms of all pods as one.

internal import FlashSale
internal import Telemetry
internal import WaitingRoom

/// Asks the pod that a sale is in. A pod that is away is a database that does not answer.
struct RoomRouter: Sendable {
    let pods: PodTable

    func knock(_ buyer: BuyerID, at sale: SaleID, ticket: String?) async -> Outcome<QueueStanding> {
        guard let room = pods.of(sale)?.room else { return .refused(Refusal(.database)) }
        return await room.knock(buyer, at: sale, ticket: ticket)
    }

    func view(of sale: SaleID) async -> Outcome<QueueView> {
        guard let room = pods.of(sale)?.room else { return .refused(Refusal(.database)) }
        return await room.view(of: sale)
    }

    /// A buyer's place in a line; nil if there is none, or its pod is away.
    func place(of buyer: BuyerID, in sale: SaleID, ticket: @autoclosure () -> String?) -> QueuePlace? {
        pods.of(sale)?.room.book.place(of: buyer, in: sale, ticket: ticket())
    }

    /// The number of a called buyer in a line that this instance does not follow; nil if it has none.
    func calledNumber(of buyer: BuyerID, in sale: SaleID, ticket: String) async -> Outcome<Int32?> {
        guard let room = pods.of(sale)?.room else { return .refused(Refusal(.database)) }
        return await room.calledNumber(of: buyer, in: sale, ticket: ticket)
    }

    /// A line as this instance read it last.
    func known(_ sale: SaleID) -> QueueState? { pods.of(sale)?.room.book.known(sale) }
}
