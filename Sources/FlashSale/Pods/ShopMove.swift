// What comes next when a shop moves to another pod. Pure: what the ledgers know in, a step out.
//
//     here ──give──► on its way ──tell──► there
//
// Each step is one transaction of one ledger, and the next step follows from what the ledgers know. So a move that was
// broken off is ended by another one, however often, and two movers do no harm to each other: of two that give the same
// shop away one is refused.

/// The next step of a move.
public enum ShopMoveStep: Hashable, Sendable {
    /// The shop is there, and nobody knows otherwise.
    case done(ShopPlacement)
    /// Its pod gives it away.
    case give(ShopPlacement)
    /// A pod that has not heard the latest word is told it: the one that the shop was given to, or one that was
    /// restored from a backup and believes that it still has the shop.
    case tell(ShopPlacement, PodID)
    /// A pod that has to know does not answer.
    case unreachable(PodID)

    /// - Parameter known: what each ledger knows that answers.
    public static func next(for shop: ShopID, to target: PodID, among known: [KnownPlacements]) -> ShopMoveStep {
        let ledgers = Dictionary(known.map { ($0.pod, $0) }) { first, _ in first }
        guard let latest = known.map({ $0.placement(of: shop) }).max() else { return .unreachable(target) }
        // Nobody gives a shop to a pod that may not be there.
        guard ledgers[target] != nil else { return .unreachable(target) }
        guard let holder = ledgers[latest.pod] else { return .unreachable(latest.pod) }
        if holder.placement(of: shop) < latest { return .tell(latest, holder.pod) }
        let believer = known.first { $0.pod != latest.pod && $0.own(shop) != nil }
        if let believer { return .tell(latest, believer.pod) }
        return latest.pod == target ? .done(latest) : .give(latest)
    }
}
