// Strikes one instance and its stores with fault after fault, to find resources that it does not free.

enum FaultSoak {
    /// The faults that end connections, requests or the gate: the instance must free everything that it holds for them.
    private static let faults: [StoreFault] = [
        .postgresKilled, .postgresCut, .orderReplyDropped, .redisKilled, .redisEmptied, .redisRefused, .redisErring,
    ]
    private static let items = 20_000
    /// Two that warm up, and one to compare with them.
    private static let roundsMin = 3

    /// Strikes with each fault in turn, round after round.
    ///
    /// - Returns: the service's resident memory in bytes after each round.
    static func run(for duration: Duration, seed: UInt64) async throws -> [Int] {
        try await FaultStage.with { stage in
            var services = [try await stage.serve(["FLASHSALE_HOLD_SECONDS": "3"])]
            let sale = try await services[0].createSale(items: items, stock: Rush.stock, limit: Rush.limit)
            let rush = Rush(sale: sale, items: items, ports: services.map(\.port), seed: seed, isOperated: true)
            let end = ContinuousClock.now + duration
            let readings = try await rush.run {
                var readings: [Int] = []
                while readings.count < roundsMin || ContinuousClock.now < end {
                    for fault in faults { _ = try await fault.strike(stage, rush, &services, sale: sale) }
                    readings.append(try await services[0].metrics().sum("process_resident_memory_bytes"))
                }
                return readings
            }
            try await stage.reached.audit(rush.journal)
            await services[0].process.stop()
            return readings
        }
    }
}
