// The simulations: some steps with the other tests, more with `make simulation`, and each with a missing guard.

import Foundation
import Testing
import Textbook

@Suite struct SimulationSuite {
    private static let environment = ProcessInfo.processInfo.environment
    private static let steps = environment["SIMULATION_STEPS"].flatMap { Int($0) } ?? 40_000
    private static let seed = environment["SEED"].flatMap { UInt64($0) } ?? 1
    /// Steps within which a missing guard must show. Most show within a hundred.
    private static let stepsOfFlaw = 20_000

    @Test("Each request of a group commit is sent once and gets one outcome, a yes only after COMMIT")
    func groupCommit() async throws {
        try await Simulation.run(BatchWorld.self, seed: Self.seed, steps: Self.steps)
    }

    @Test("Each call of a pool gets one outcome, and no session serves two calls")
    func pool() async throws {
        try await Simulation.run(PoolWorld.self, seed: Self.seed, steps: Self.steps)
    }

    @Test("Promises are kept whatever facts are lost, and the drift check mends the gate")
    func sale() async throws {
        try await Simulation.run(SaleWorld.self, seed: Self.seed, steps: Self.steps / 4)
    }

    @Test("An open breaker has one probe at a time, and a good one closes it")
    func breaker() async throws {
        try await Simulation.run(BreakerWorld.self, seed: Self.seed, steps: Self.steps * 4)
    }

    @Test("Under overload the service stays busy, nobody who is let in waits long, and a calm lets everybody in")
    func admission() async throws {
        try await Simulation.run(AdmissionWorld.self, seed: Self.seed, steps: Self.steps * 4)
    }

    @Test("Whoever a token proves is proven by a key that stands, for this service, now")
    func tokens() async throws {
        try await Simulation.run(TokenWorld.self, seed: Self.seed, steps: Self.steps / 4)
    }

    @Test("One instance has the duty, no stale holder writes, and some instance does the work")
    func duty() async throws {
        try await Simulation.run(DutyWorld.self, seed: Self.seed, steps: Self.steps * 4)
    }

    @Test("After a load the gate equals the ledger under a higher epoch, whatever happened meanwhile")
    func rebuild() async throws {
        try await Simulation.run(RebuildWorld.self, seed: Self.seed, steps: Self.steps / 2)
    }

    @Test("However movers are broken off, one pod at most has a shop, and the next mover ends the move")
    func move() async throws {
        try await Simulation.run(MoveWorld.self, seed: Self.seed, steps: Self.steps)
    }

    @Test("Wherever a cluster's slots move and whatever dies, a call is done once by their master or not at all")
    func cluster() async throws {
        try await Simulation.run(ClusterWorld.self, seed: Self.seed, steps: max(Self.steps, 100_000))
    }

    @Test("The usher wastes no unit, calls few in vain, and keeps the order")
    func room() async throws {
        try await Simulation.run(RoomWorld.self, seed: Self.seed, steps: Self.steps)
    }

    @Test("Of 50,000 in line for 10,000 units, with 40 % absent and 15 % lapsing, at most one in twenty comes in vain")
    func largeRoom() async throws {
        var generator = SplitMix64(seed: Self.seed)
        var world = RoomWorld(units: 10_000, drawn: 50_000, absentPercent: 40, lapsesPercent: 15)
        try world.finish(&generator)
        #expect(world.inVain <= 0.05)
    }

    @Test("Of the waits that are told at least nine in ten are so, and many are told", arguments: [false, true])
    func waits(sheds: Bool) throws {
        var (told, wrong) = (0, 0)
        for seed in 0..<20 {
            var generator = SplitMix64(seed: Self.seed &+ UInt64(seed))
            let absent = Int.random(in: 0...60, using: &generator)
            var world = RoomWorld(
                units: 3_000, drawn: 9_000, absentPercent: absent, lapsesPercent: 15, askers: 20, sheds: sheds)
            try world.finish(&generator)
            told += world.toldCount
            wrong += world.wrongCount
        }
        #expect(told > 20 * 25)
        #expect(wrong <= told / 10, "of \(told) waits that were told \(wrong) were not so")
    }

    @Test("docs/MUTANTS.md has a row for every flaw")
    func documented() throws {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let page = try String(contentsOfFile: root + "/docs/MUTANTS.md", encoding: .utf8)
        for flaw in Flaw.allCases { #expect(page.contains("World` | \(flaw.rawValue) |"), "\(flaw)") }
    }

    @Test("A guard that is missing shows", arguments: Flaw.allCases)
    func flaw(_ flaw: Flaw) async {
        await #expect(throws: Breach.self) { try await flaw.run(seed: Self.seed, steps: Self.stepsOfFlaw) }
    }
}
