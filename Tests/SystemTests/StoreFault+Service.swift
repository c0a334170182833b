// What happens to the services themselves.

import DevStack
import Testing

extension StoreFault {
    func hurtServices(
        _ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess]
    ) async throws -> Duration {
        switch self {
        case .serviceKilled: try await killService(stage, rush, &services)
        case .serviceFrozen: try await freeze(services[0], stage, rush)
        case .servicesRolled: try await roll(stage, rush, &services)
        default: try await jump(services[0], stage, rush)
        }
    }

    /// Freezes the instance that was there first, and so has the duties, until another has them.
    private func freeze(_ service: ServeProcess, _ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        let fences = "SELECT min(fence) FROM duties WHERE duty IN ('sweeper', 'drift_check')"
        let before = try await stage.deployment.ledger.number(fences)
        service.process.send(.stop)
        try await until("another has its duties") { try await stage.deployment.ledger.number(fences) > before }
        service.process.send(.resume)
        return try await rush.recovery(since: .now)
    }

    private func killService(
        _ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess]
    ) async throws -> Duration {
        let start = ContinuousClock.now
        let gone = services.removeFirst()
        gone.process.send(.kill)
        #expect(await gone.process.end() == 137)
        let recovery = try await rush.recovery(since: start)
        let next = try await stage.serve()
        services.append(next)
        rush.replace(gone.port, by: next.port)
        return recovery
    }

    /// Ends one instance after the other in order, and starts another in its place.
    private func roll(_ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess]) async throws -> Duration {
        for old in services {
            old.process.send(.terminate)
            #expect(await old.process.end() == 0, "\(old.process.errors)")
            services.removeFirst()
            let next = try await stage.serve()
            services.append(next)
            try await until("it is ready") { try await next.isReady() }
            rush.replace(old.port, by: next.port)
            stage.timeline.note("\(next.port) serves in place of \(old.port)")
        }
        return try await rush.recovery(since: .now)
    }

    /// Sets the clock of an instance an hour ahead, an hour back, and right again.
    private func jump(_ service: ServeProcess, _ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        let clock = try #require(stage.clock)
        for hours in [1, -1, 0] {
            let before = try await Self.hour(of: service)
            try clock.set(hours: hours)
            try await until("its clock jumps") { try await Self.hour(of: service) != before }
            stage.timeline.note("its clock is \(hours) h ahead")
            if hours != 0 { try await rush.untilOrders(Self.ordersOfAnHour) }
        }
        return try await rush.recovery(since: .now)
    }

    /// Day and hour of the clock by which an instance dates its answers.
    private static func hour(of service: ServeProcess) async throws -> String {
        String(try #require(try await service.ask("GET", "/sales/active")["Date"]).prefix(19))
    }

    /// So many purchases must succeed at each setting of a clock.
    private static let ordersOfAnHour = 50
}
