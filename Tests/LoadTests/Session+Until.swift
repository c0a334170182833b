// Runs that end with what a test waits for, and not at a time by which a slow machine may not have come to it.

import Synchronization

@testable import FlashSaleLoad

extension Session {
    /// The length of a run that ends sooner, in seconds: whoever reaches it waits in vain.
    static let deadline = 60.0

    /// Runs until the figures are as wanted, or the scenario is over.
    func run(until isEnough: @escaping @Sendable (LaneReading) -> Bool) async throws -> RunReport {
        let load = Mutex<LoadRun?>(nil)
        return try await run(
            whenRunning: { run in load.withLock { $0 = run } },
            eachSecond: { reading in
                if isEnough(reading) { load.withLock { $0 }?.stop() }
            })
    }
}
