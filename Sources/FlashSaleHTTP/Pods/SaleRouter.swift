// The sale flows of all pods as one.

internal import FlashSale
internal import Telemetry

/// Asks the pod that a sale or a shop is in. A pod that is away is a database that does not answer.
struct SaleRouter: Sendable {
    let pods: PodTable

    var defaults: SaleDefaults { pods.home.sale.defaults }

    func now() -> Timestamp { pods.home.sale.now() }

    func active(in shop: ShopID) async -> Outcome<SaleView> {
        await ask(pods.showing(shop)) { await $0.active(in: shop) }
    }

    func shown(in shop: ShopID) async -> Outcome<ShownSale?> {
        await ask(pods.showing(shop)) { await $0.shown(in: shop) }
    }

    func sale(_ id: SaleID) async -> Outcome<SaleView> { await ask(pods.of(id)) { await $0.sale(id) } }

    func items(of id: SaleID, after cursor: Int32, limit: Int) async -> Outcome<[Item]> {
        await ask(pods.of(id)) { await $0.items(of: id, after: cursor, limit: limit) }
    }

    func live(_ id: SaleID) async -> Outcome<LiveView> { await ask(pods.of(id)) { await $0.live(id) } }

    func standing(_ id: SaleID) async -> Outcome<LiveView> { await ask(pods.of(id)) { await $0.standing(id) } }

    func current(_ id: SaleID) async -> Outcome<Sale> { await ask(pods.of(id)) { await $0.current(id) } }

    func log(of id: SaleID, after version: Int32, limit: Int) async -> Outcome<[SaleEvent]> {
        await ask(pods.of(id)) { await $0.log(of: id, after: version, limit: limit) }
    }

    func change(_ id: SaleID, _ change: SaleChange) async -> Outcome<ChangeReceipt> {
        await ask(pods.of(id)) { await $0.change(id, change) }
    }

    /// The latest sales of home, and of those pods that are there, the newest first.
    func latest(_ limit: Int, of shop: ShopID? = nil) async -> Outcome<[LiveView]> {
        let atHome = await pods.home.sale.latest(limit, of: shop)
        guard !pods.others.isEmpty, case .success(var views) = atHome else { return atHome }
        for pod in pods.others {
            if case .success(let more)? = await pod.flows?.sale.latest(limit, of: shop) { views += more }
        }
        return .success(Array(views.sorted { $0.sale.startedAt > $1.sale.startedAt }.prefix(limit)))
    }

    /// Creates a sale in the pod that has the shop. A ledger that does not have it any more refuses, and then the
    /// others are heard anew.
    func create(_ plan: SalePlan) async -> Outcome<SaleView> {
        let outcome = await ask(pods.having(plan.shop)) { await $0.create(plan) }
        guard case .refused(let refusal) = outcome, refusal.reason == .shopMoved else { return outcome }
        await pods.hearAnew()
        return await ask(pods.having(plan.shop)) { await $0.create(plan) }
    }

    private func ask<Value>(
        _ flows: PodFlows?, _ question: (SaleFlow) async -> Outcome<Value>
    ) async -> Outcome<Value> {
        guard let flows else { return .refused(Refusal(.database)) }
        return await question(flows.sale)
    }
}
