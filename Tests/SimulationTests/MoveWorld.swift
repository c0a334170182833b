// Shops that move between pods, while movers are broken off after any step and schedulers create sales by old news.

import FlashSale
import FlashSaleTesting
import Textbook

/// Three pods, two shops, and movers that wait between any two of their calls. A ledger may be away for a while.
struct MoveWorld: World {
    /// A mover: it has looked, and is about to do what follows from that. Nil: it is about to look.
    private struct Mover {
        let shop: ShopID
        let target: PodID
        var step: ShopMoveStep?
    }

    private static let shops = ["acme", "lego"].compactMap { ShopID($0) }
    private static let moversMax = 4

    private let flaw: Flaw?
    private let clock = ManualClock()
    private let ledgers: [InMemorySaleLedger]
    private var movers: [Mover] = []
    private var away: Set<PodID> = []
    private var sales: [Sale] = []

    init(_ generator: inout SplitMix64, flaw: Flaw?) {
        self.flaw = flaw
        let clock = clock
        ledgers = (0..<3).compactMap { PodID($0) }.map { InMemorySaleLedger(clock: clock, pod: $0) }
    }

    mutating func step(_ generator: inout SplitMix64) async throws {
        switch Int.random(in: 0..<16, using: &generator) {
        case 0..<2 where movers.count < Self.moversMax:
            movers.append(Mover(shop: Self.shop(&generator), target: ledger(&generator).0))
        case 2 where !movers.isEmpty: movers.remove(at: Int.random(in: 0..<movers.count, using: &generator))
        case 3: away = away.isEmpty ? [ledger(&generator).0] : []
        case 4: clock.advance(by: .seconds(Int.random(in: 0...40, using: &generator)))
        case 5..<8: try await create(in: ledger(&generator).1, Self.shop(&generator), &generator)
        default: if !movers.isEmpty { try await advance(Int.random(in: 0..<movers.count, using: &generator)) }
        }
        try await check()
    }

    /// Whatever was broken off, the next mover ends it, and the shop's next sale is created where it says.
    mutating func finish(_ generator: inout SplitMix64) async throws {
        movers = []
        away = []
        for shop in Self.shops {
            let (target, ledger) = ledger(&generator)
            movers = [Mover(shop: shop, target: target)]
            for _ in 0..<40 where !movers.isEmpty { try await advance(0) }
            try require(movers.isEmpty, "the move of \(shop) has no end")
            try await check()
            guard let own = try await ledger.known().own(shop) else {
                throw Breach("\(shop) has not arrived in \(target)")
            }
            clock.advance(by: max(.zero, own.beginsAt - clock.now))
            let before = sales.count
            try await create(in: ledger, shop, &generator)
            let isOn = sales.contains { $0.shop == shop && $0.endedAt > clock.now }
            try require(sales.count > before || isOn, "no pod can have sales of \(shop)")
        }
        try await check()
    }

    private static func shop(_ generator: inout SplitMix64) -> ShopID {
        shops[Int.random(in: 0..<shops.count, using: &generator)]
    }

    private func ledger(_ generator: inout SplitMix64) -> (PodID, InMemorySaleLedger) {
        let place = Int.random(in: 0..<ledgers.count, using: &generator)
        return (PodID(Int32(place)) ?? .home, ledgers[place])
    }

    /// A mover looks, or does what follows from what it has seen, however long ago that was.
    private mutating func advance(_ mover: Int) async throws {
        guard let step = movers[mover].step else {
            var known: [KnownPlacements] = []
            for (place, ledger) in ledgers.enumerated() where PodID(Int32(place)).map({ !away.contains($0) }) ?? false {
                known.append(try await ledger.known())
            }
            movers[mover].step = .next(for: movers[mover].shop, to: movers[mover].target, among: known)
            return
        }
        movers[mover].step = nil
        switch step {
        case .done, .unreachable: movers.remove(at: mover)
        case .give(let placement):
            guard !away.contains(placement.pod) else { return }
            let target = movers[mover].target
            guard flaw != .tellsBeforeGiving else {
                let early = ShopPlacement(
                    shop: placement.shop, version: placement.version + 1, pod: target, beginsAt: placement.beginsAt)
                _ = try await ledgers[Int(target.number)].learn(early)
                return
            }
            _ = try await ledgers[Int(placement.pod.number)].give(
                placement.shop, version: placement.version, to: target)
        case .tell(let placement, let pod):
            guard !away.contains(pod) else { return }
            let known = try await ledgers[Int(pod.number)].known().placement(of: placement.shop)
            let word = ShopPlacement(
                shop: placement.shop,
                version: flaw == .believesOldWords ? max(known.version + 1, placement.version) : placement.version,
                pod: placement.pod,
                beginsAt: flaw == .forgetsTheLastSale ? Timestamp(microseconds: 0) : placement.beginsAt)
            _ = try await ledgers[Int(pod.number)].learn(word)
        }
    }

    private mutating func create(
        in ledger: InMemorySaleLedger, _ shop: ShopID, _ generator: inout SplitMix64
    ) async throws {
        let plan = SalePlan(
            startedAt: clock.now, endedAt: clock.now + .seconds(Int.random(in: 1...60, using: &generator)),
            itemCount: 1, stockPerItem: 1, maxItemsPerBuyer: 1, hold: .seconds(1), shop: shop)
        if case .created(let sale) = try await ledger.create(plan, fence: nil) {
            for other in sales where other.shop == shop && other.endedAt > clock.now {
                try require(
                    other.endedAt <= sale.startedAt || sale.endedAt <= other.startedAt,
                    "the sales \(other.id) and \(sale.id) of \(shop) overlap")
            }
            sales = sales.filter { $0.endedAt > clock.now } + [sale]
        }
    }

    /// At most one pod has a shop.
    private func check() async throws {
        for shop in Self.shops {
            var owners = 0
            for ledger in ledgers { owners += try await ledger.known().own(shop) == nil ? 0 : 1 }
            try require(owners <= 1, "\(owners) pods have \(shop)")
        }
    }
}
