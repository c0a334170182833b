// What every `ShopPlacements` must do: rules that the ledgers in memory and in Postgres both keep.

public import FlashSale
internal import Telemetry

/// One rule of the ledgers of home and of another pod, with its check, which begins without sales.
public typealias PlacementRule = ConformanceRule<PlacementScene>

/// The ledgers of home and of another pod.
public struct PlacementScene: ConformanceScene, Sendable {
    public typealias Ledger = any ShopPlacements & Sendable

    let home: Ledger
    let other: Ledger
    let homeCatalog: any SaleCatalog
    let otherCatalog: any SaleCatalog
    let shop = ShopID.main

    public init(home: Ledger, _ homeCatalog: any SaleCatalog, other: Ledger, _ otherCatalog: any SaleCatalog) {
        self.home = home
        self.homeCatalog = homeCatalog
        self.other = other
        self.otherCatalog = otherCatalog
    }

    var pod: PodID {
        get async throws { try await other.known().pod }
    }

    /// A plan of a sale that starts so many hours from now and lasts one.
    func plan(inHours hours: Int) async throws -> SalePlan {
        let start = try await homeCatalog.agenda().readAt + .seconds(3_600 * hours)
        return SalePlan(
            startedAt: start, endedAt: start + .seconds(3_600), itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1,
            hold: .seconds(60), shop: shop)
    }

    func created(_ outcome: CreateOutcome) throws -> Sale {
        guard case .created(let sale) = outcome else {
            throw ConformanceFailure(description: "expected a sale, got \(outcome)")
        }
        return sale
    }
}

/// The rules of every `ShopPlacements`.
public enum ShopPlacementsConformance {
    public static let all = [
        PlacementRule("A shop that nobody has moved is at home, and nowhere else") { scene in
            try scene.expect(try await scene.home.known(), KnownPlacements(pod: .home), "what home knows")
            let plan = try await scene.plan(inHours: 1)
            try scene.expect(try await scene.otherCatalog.create(plan, fence: nil), .moved, "a sale elsewhere")
            let sale = try scene.created(try await scene.homeCatalog.create(plan, fence: nil))
            try scene.expect(sale.id.pod, .home, "the pod of the sale's number")
        },
        PlacementRule("A shop that is given away has no pod until the next one has heard of it") { scene in
            let pod = try await scene.pod
            let plan = try await scene.plan(inHours: 1)
            guard let given = try await scene.home.give(scene.shop, version: 0, to: pod) else {
                throw ConformanceFailure(description: "home did not give its shop")
            }
            for catalog in [scene.homeCatalog, scene.otherCatalog] {
                try scene.expect(try await catalog.create(plan, fence: nil), .moved, "a sale on the way")
            }
            for _ in 1...2 { try scene.expect(try await scene.other.learn(given), given, "what counts") }
            try scene.expect(try await scene.other.known().own(scene.shop), given, "the word of the next pod")
            try scene.expect(try await scene.homeCatalog.create(plan, fence: nil), .moved, "a sale where it was")
            let sale = try scene.created(try await scene.otherCatalog.create(plan, fence: nil))
            try scene.expect(sale.id.pod, pod, "the pod of the sale's number")
        },
        PlacementRule("Of two that give a shop away by the same word, one does") { scene in
            let pod = try await scene.pod
            let first = try await scene.home.give(scene.shop, version: 0, to: pod)
            try scene.expect(first?.version, 1, "the first")
            try scene.expect(try await scene.home.give(scene.shop, version: 0, to: pod), nil, "the second")
            for target in [pod, .greatest] {
                let given = try await scene.home.give(scene.shop, version: 1, to: target)
                try scene.expect(given, nil, "one by the new word, to \(target)")
            }
            for target in [PodID.home, .greatest] {
                let given = try await scene.other.give(scene.shop, version: 0, to: target)
                try scene.expect(given, nil, "a pod without it, to \(target)")
            }
        },
        PlacementRule("The sales of a shop in two pods do not overlap") { scene in
            let pod = try await scene.pod
            let sale = try scene.created(try await scene.homeCatalog.create(scene.plan(inHours: 1), fence: nil))
            guard let given = try await scene.home.give(scene.shop, version: 0, to: pod) else {
                throw ConformanceFailure(description: "home did not give its shop")
            }
            try scene.expect(given.beginsAt, sale.endedAt, "from when on the next pod has it")
            _ = try await scene.other.learn(given)
            let beside = try await scene.plan(inHours: 0)
            try scene.expect(try await scene.otherCatalog.create(beside, fence: nil), .overlaps, "a sale beside it")
            let late = SaleChange(
                .setEnd(sale.endedAt + .seconds(60)), version: nil, actor: "ann", reason: "rule", key: nil)
            try scene.expect(try await scene.homeCatalog.change(sale.id, late), .overlaps, "a later end")
            let early = SaleChange(
                .setEnd(sale.endedAt + .seconds(-60)), version: nil, actor: "ann", reason: "rule", key: nil)
            guard case .changed = try await scene.homeCatalog.change(sale.id, early) else {
                throw ConformanceFailure(description: "a sale cannot end before the next pod begins")
            }
            let next = try await scene.plan(inHours: 3)
            _ = try scene.created(try await scene.otherCatalog.create(next, fence: nil))
        },
        PlacementRule("An earlier word changes nothing, and a shop comes back by a later one") { scene in
            let pod = try await scene.pod
            guard let there = try await scene.home.give(scene.shop, version: 0, to: pod) else {
                throw ConformanceFailure(description: "home did not give its shop")
            }
            _ = try await scene.other.learn(there)
            guard let back = try await scene.other.give(scene.shop, version: 1, to: .home) else {
                throw ConformanceFailure(description: "the pod did not give the shop back")
            }
            try scene.expect(try await scene.other.learn(there), back, "an old word")
            try scene.expect(try await scene.home.learn(back), back, "the way back")
            try scene.expect(try await scene.home.learn(there), back, "an old word at home")
            let late = try await scene.home.give(scene.shop, version: 0, to: pod)
            try scene.expect(late, nil, "who has seen an old word")
            _ = try scene.created(try await scene.homeCatalog.create(scene.plan(inHours: 1), fence: nil))
        },
    ]
}
