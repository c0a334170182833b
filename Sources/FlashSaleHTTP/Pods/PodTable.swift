// Which pod a request is for: that of the sale that it names, or the one that has the shop.

internal import FlashSale

/// The pods that this instance serves.
///
/// A sale's number says which pod it is in, for ever, so nothing that a buyer holds can be looked for in the wrong
/// place. Only who names a shop alone is sent by what this instance knows: to the pod whose sale of it is on, or to
/// come, or else to the pod that has the shop by the latest word.
struct PodTable: Sendable {
    let home: PodFlows
    let others: [RemotePod]

    /// The flows of a sale; nil while its pod is away, or if this instance has no settings of a pod that shops moved
    /// to. Home knows that there is no sale with a number of no pod.
    func of(_ sale: SaleID) -> PodFlows? {
        guard sale.pod != .home else { return home }
        if let pod = others.first(where: { $0.id == sale.pod }) { return pod.flows }
        return ([home] + others.compactMap(\.flows)).contains { $0.placements?.names(sale.pod) ?? false } ? nil : home
    }

    /// The flows of the sale that a shop shows; nil while a pod is away that may have it.
    func showing(_ shop: ShopID) -> PodFlows? {
        guard !others.isEmpty else { return home }
        let here = [home] + others.compactMap(\.flows)
        if let active = here.first(where: { $0.sale.next(in: shop).isOn }) { return active }
        if mayBeAway(shop) { return nil }
        let next = here.compactMap { flows in flows.sale.next(in: shop).startsAt.map { (flows, $0) } }
        if let soonest = next.min(by: { $0.1 < $1.1 }) { return soonest.0 }
        return having(shop)
    }

    /// The flows of the pod that has the next sales of a shop; nil while it is away.
    func having(_ shop: ShopID) -> PodFlows? {
        guard !others.isEmpty else { return home }
        guard let latest = latestWord(on: shop), latest.pod != .home else { return home }
        return others.first { $0.id == latest.pod }?.flows
    }

    /// Whether a sale of a shop may be on in a pod that is away, though the shop has left it: until the time of the
    /// latest word such a pod has its last one.
    private func mayBeAway(_ shop: ShopID) -> Bool {
        guard let latest = latestWord(on: shop), latest.beginsAt > home.sale.now() else { return false }
        return others.contains { $0.id != latest.pod && $0.flows == nil }
    }

    private func latestWord(on shop: ShopID) -> ShopPlacement? {
        ([home] + others.compactMap(\.flows)).compactMap { $0.placements?.placement(of: shop) }.max()
    }

    /// Hears from all pods anew which shops they have.
    func hearAnew() async {
        for flows in [home] + others.compactMap(\.flows) { try? await flows.placements?.refresh() }
    }
}
