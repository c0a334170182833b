// The herald's seam in memory: events of sales, how far they were told, and a fence.

public import FlashSale
internal import Synchronization
public import Telemetry
public import Webhooks

/// Keeps events in the order in which a test adds them.
public final class InMemoryEventLedger: EventLedger {
    private struct State {
        var events: [SaleID: [LedgerEvent]] = [:]
        var told: [SaleID: Int64] = [:]
        var last: Int64 = 0
        var fence: Int64 = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// A fence newer than all before it.
    public func nextFence() -> FencingNumber {
        state.withLock { state in
            state.fence += 1
            return FencingNumber(state.fence)
        }
    }

    public func append(_ type: LedgerEventType = .orderPlaced, of sale: SaleID, at moment: Timestamp) {
        state.withLock { state in
            state.last += 1
            state.events[sale, default: []].append(
                LedgerEvent(number: state.last, type: type, happenedAt: moment, data: #"{"sale_id":"\#(sale)"}"#))
        }
    }

    /// How far a sale has been told.
    public func told(_ sale: SaleID) -> Int64 { state.withLock { $0.told[sale] ?? 0 } }

    public func due(fence: FencingNumber) async throws(LedgerFailure) -> [UntoldSale]? {
        state.withLock { state in
            guard fence.value == state.fence else { return nil }
            return state.events.keys.sorted().compactMap { sale in
                let told = state.told[sale] ?? 0
                return (state.events[sale]?.last?.number ?? 0) > told ? UntoldSale(id: sale, told: told) : nil
            }
        }
    }

    public func horizon(of sale: SaleID) async throws(LedgerFailure) -> Int64? { state.withLock { $0.last } }

    public func events(
        of sale: UntoldSale, upTo horizon: Int64, atMost limit: Int
    ) async throws(LedgerFailure) -> [LedgerEvent] {
        state.withLock { state in
            Array(
                (state.events[sale.id] ?? []).filter { sale.told < $0.number && $0.number <= horizon }.prefix(limit))
        }
    }

    public func advance(
        _ sale: SaleID, to number: Int64, fence: FencingNumber
    ) async throws(LedgerFailure) -> Bool {
        state.withLock { state in
            guard fence.value == state.fence else { return false }
            state.told[sale] = max(state.told[sale] ?? 0, number)
            return true
        }
    }
}
