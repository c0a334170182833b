// The simulations: some steps with the other tests, more of them by `make simulation`.

import Foundation
import Testing

@Suite struct SimulationSuite {
    private static let environment = ProcessInfo.processInfo.environment
    private static let steps = environment["SIMULATION_STEPS"].flatMap { Int($0) } ?? 40_000
    private static let seed = environment["SEED"].flatMap { UInt64($0) } ?? 1

    @Test("Whatever comes when, each request of a group commit is sent once and answered once")
    func groupCommit() async throws {
        try await Simulation.run(BatchWorld.self, seed: Self.seed, steps: Self.steps)
    }

    @Test("Whatever comes when, each call of a pool is answered once and no session serves two")
    func pool() async throws {
        try await Simulation.run(PoolWorld.self, seed: Self.seed, steps: Self.steps)
    }

    @Test("Whatever is lost between gate and ledger, promises are kept and the drift check mends the gate")
    func sale() async throws {
        try await Simulation.run(SaleWorld.self, seed: Self.seed, steps: Self.steps / 4)
    }
}
