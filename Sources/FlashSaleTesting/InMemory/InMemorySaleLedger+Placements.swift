// What the ledger in memory knows of where shops are.

public import FlashSale
internal import Synchronization

extension InMemorySaleLedger: ShopPlacements {
    public func known() async throws(LedgerFailure) -> KnownPlacements { state.withLock { $0.placements(pod) } }

    public func give(
        _ shop: ShopID, version: Int32, to pod: PodID
    ) async throws(LedgerFailure) -> ShopPlacement? {
        state.withLock { state in
            guard let own = state.placements(self.pod).own(shop), own.version == version, pod != self.pod else {
                return nil
            }
            let ends = state.books.values.map(\.sale).filter { $0.shop == shop }.map(\.endedAt)
            let given = ShopPlacement(
                shop: shop, version: version + 1, pod: pod, beginsAt: max(own.beginsAt, ends.max() ?? own.beginsAt))
            state.moved[shop] = given
            return given
        }
    }

    public func learn(_ placement: ShopPlacement) async throws(LedgerFailure) -> ShopPlacement {
        state.withLock { state in
            let latest = max(state.placements(pod).placement(of: placement.shop), placement)
            state.moved[placement.shop] = latest
            return latest
        }
    }
}

extension InMemorySaleLedger.State {
    func placements(_ pod: PodID) -> KnownPlacements { KnownPlacements(pod: pod, moved: moved) }
}
