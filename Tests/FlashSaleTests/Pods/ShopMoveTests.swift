// Where shops are, without Postgres: the rules of placements, the steps of a move, and the numbers of sales.

import FlashSaleTesting
import Synchronization
import Telemetry
import Testing

@testable import FlashSale

@Suite("Moves of shops")
struct ShopMoveTests {
    private static let lego = ShopTests.lego

    @Test("Ledgers in memory keep the rules of placements", arguments: ShopPlacementsConformance.all)
    func rules(rule: PlacementRule) async throws {
        let home = InMemorySaleLedger()
        let other = InMemorySaleLedger(clock: home.clock, pod: try #require(PodID(1)))
        try await rule.run(on: PlacementScene(home: home, home, other: other, other))
    }

    @Test(
        "A sale's number says which pod it is of",
        arguments: [(1, 0), (16_777_215, 0), (16_777_216, 1), (33_554_431, 1), (2_147_483_647, 127)] as [(Int32, Int32)]
    )
    func pods(number: Int32, pod: Int32) {
        #expect(SaleID(number).pod == PodID(pod))
    }

    @Test("A pod has a number from 0 to 127", arguments: ["128", "-1", "+1", "01", "", "one"])
    func numbers(text: String) {
        #expect(PodID(text) == nil)
        #expect(PodID("127") == .greatest)
    }

    /// A word on the shop.
    private static func word(_ version: Int32, _ pod: Int32) throws -> ShopPlacement {
        ShopPlacement(
            shop: lego, version: version, pod: try #require(PodID(pod)),
            beginsAt: Timestamp(microseconds: Int64(version)))
    }

    private static func ledger(_ pod: Int32, _ version: Int32, _ at: Int32) throws -> KnownPlacements {
        KnownPlacements(
            pod: try #require(PodID(pod)), moved: version == 0 ? [:] : [lego: try word(version, at)])
    }

    @Test("What comes next follows from what the ledgers know")
    func steps() throws {
        let (home, one, two) = (PodID.home, try #require(PodID(1)), try #require(PodID(2)))
        func next(to target: PodID, _ known: [KnownPlacements]) -> ShopMoveStep {
            .next(for: Self.lego, to: target, among: known)
        }
        let (new, far) = (try Self.ledger(1, 0, 0), try Self.ledger(2, 0, 0))
        #expect(next(to: one, [try Self.ledger(0, 0, 0), new]) == .give(.unmoved(Self.lego)))
        #expect(next(to: home, [try Self.ledger(0, 0, 0), new]) == .done(.unmoved(Self.lego)))
        let given = try Self.ledger(0, 1, 1)
        #expect(next(to: one, [given, new]) == .tell(try Self.word(1, 1), one))
        #expect(next(to: two, [given, new, far]) == .tell(try Self.word(1, 1), one), "it arrives before it goes on")
        let arrived = try Self.ledger(1, 1, 1)
        #expect(next(to: one, [given, arrived]) == .done(try Self.word(1, 1)))
        #expect(next(to: two, [given, arrived, far]) == .give(try Self.word(1, 1)))
        // A pod that does not answer: the one that has the shop, and the one that is to get it.
        #expect(next(to: home, [given, far]) == .unreachable(one))
        #expect(next(to: two, [given, arrived]) == .unreachable(two))
        #expect(next(to: one, []) == .unreachable(one))
        // Home was restored from a backup, and believes that it has the shop.
        let believer = try Self.ledger(0, 0, 0)
        #expect(next(to: one, [believer, arrived]) == .tell(try Self.word(1, 1), home))
        // And it has given the shop away by the same word.
        let (first, second) = (try Self.ledger(1, 2, 1), try Self.ledger(2, 2, 2))
        #expect(next(to: two, [first, second]) == .tell(try Self.word(2, 2), one))
    }

    @Test("A pod that says that it is another one counts as none")
    func strangers() async throws {
        let one = try #require(PodID(1))
        let home = InMemorySaleLedger()
        let mover = ShopMover([.home: home, one: InMemorySaleLedger(clock: home.clock)])
        #expect(await mover.known().map(\.pod) == [.home])
        #expect(try await mover.move(Self.lego, to: one) == .unreachable(one))
        #expect(try await home.known().own(Self.lego) != nil)
    }

    @Test("A pod that was restored from a backup is told where its shop is, and no other pod is told anything")
    func restored() async throws {
        let one = try #require(PodID(1))
        let (home, other) = (InMemorySaleLedger(), InMemorySaleLedger(pod: one))
        let word = try Self.word(1, 1)
        _ = try await other.learn(word)
        let watches = [PlacementWatch(home), PlacementWatch(other)]
        let repair = PlacementRepair(of: { watches }, logger: .silent)
        await repair.look()
        #expect(try await home.known().own(Self.lego) != nil, "before anybody was heard nobody knows")
        for watch in watches { try await watch.refresh() }
        await repair.look()
        #expect(try await home.known().placement(of: Self.lego) == word)
        // A shop on its way: its former pod knows, and the next one is the mover's.
        _ = try await other.give(Self.lego, version: 1, to: .home)
        for watch in watches { try await watch.refresh() }
        await repair.look()
        #expect(try await home.known().placement(of: Self.lego) == word)
    }

    @Test("Between the two words of a move nobody else is asked: a third pod may not answer for long")
    func nothingBetween() async throws {
        let (one, two) = (try #require(PodID(1)), try #require(PodID(2)))
        let log = Mutex<[String]>([])
        let clock = ManualClock()
        let ledgers = [PodID.home, one, two].map { pod in
            (
                pod,
                AskedPlacements(
                    ledger: InMemorySaleLedger(clock: clock, pod: pod),
                    note: { call in
                        log.withLock { $0.append("\(pod): \(call)") }
                    })
            )
        }
        let mover = ShopMover(Dictionary(uniqueKeysWithValues: ledgers))
        guard case .done = try await mover.move(Self.lego, to: two) else {
            return #expect(Bool(false), "the move did not end")
        }
        let calls = log.withLock(\.self)
        let given = try #require(calls.firstIndex(of: "0: give"))
        #expect(calls[(given + 1)...].first == "2: learn", "\(calls)")
    }

    @Test("Each pod schedules its own shops, and the next sale of one that has moved begins after its last")
    func scheduling() async throws {
        let home = InMemorySaleLedger()
        let other = InMemorySaleLedger(clock: home.clock, pod: try #require(PodID(1)))
        var defaults = SaleDefaults(itemCount: 2)
        defaults.shops = [.main, Self.lego]
        let boards = [home, other].map { SaleBoard(catalog: $0) }
        func tick() async throws {
            for (ledger, board) in zip([home, other], boards) {
                let scheduler = SaleScheduler(
                    defaults: defaults, catalog: ledger, placements: ledger, board: board, rebuild: { _ in },
                    logger: .silent)
                _ = try await scheduler.tick(ledger.nextFence(.scheduler))
                try await board.refresh()
            }
        }
        try await tick()
        #expect(Set(boards[0].active().map(\.shop)) == [.main, Self.lego] && boards[1].current().isEmpty)
        let before = try #require(boards[0].active(in: Self.lego))
        _ = try await ShopMover([.home: home, try #require(PodID(1)): other])
            .move(Self.lego, to: try #require(PodID(1)))
        try await tick()
        #expect(boards[1].current().isEmpty, "its sale goes on at home")
        home.clock.advance(by: before.endedAt - home.clock.now + .seconds(-10))
        try await tick()
        let next = try #require(boards[1].current().first)
        #expect(next.shop == Self.lego && next.startedAt == before.endedAt && boards[1].current().count == 1)
        home.clock.advance(by: .seconds(11))
        try await tick()
        #expect(boards[0].active().map(\.shop) == [.main] && boards[1].active().map(\.shop) == [Self.lego])
    }
}

/// A ledger's words, and a note of each call.
private struct AskedPlacements: ShopPlacements {
    let ledger: InMemorySaleLedger
    let note: @Sendable (String) -> Void

    func known() async throws(LedgerFailure) -> KnownPlacements {
        note("known")
        return try await ledger.known()
    }

    func give(_ shop: ShopID, version: Int32, to pod: PodID) async throws(LedgerFailure) -> ShopPlacement? {
        note("give")
        return try await ledger.give(shop, version: version, to: pod)
    }

    func learn(_ placement: ShopPlacement) async throws(LedgerFailure) -> ShopPlacement {
        note("learn")
        return try await ledger.learn(placement)
    }
}
