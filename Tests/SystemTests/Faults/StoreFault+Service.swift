// The faults of the services themselves.

import Foundation
import Glibc
import Testing

@testable import DevStack

extension StoreFault {
    func hurtServices(
        _ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess]
    ) async throws -> Duration {
        switch self {
        case .serviceKilled: try await killService(stage, rush, &services)
        case .servicesKilled: try await killServices(stage, rush, &services)
        case .serviceFrozen: try await freeze(services[0], stage, rush)
        case .servicesRolled: try await roll(stage, rush, &services)
        case .serviceLogDiskFull: try await fillLog(stage, rush, services[0])
        case .serviceDescriptors: try await takeDescriptors(of: services[0], stage, rush)
        case .serviceStarved: try await starve(rush)
        case .serviceClockSteps: try await jump(services[0], stage, rush, through: [2, 4, 2, 0, -2, 0])
        // Never an hour behind the machine's clock: libfaketime also moves the runtime's timers, although it should not
        // touch their clock, and a sleeping task would sleep for that hour.
        default: try await jump(services[0], stage, rush, through: [3_600, 0, 3_600, 0])
        }
    }

    /// Freezes the first instance, which has the duties, until another has them.
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

    /// Kills all instances at once, and again as soon as their successors sell.
    private func killServices(
        _ stage: FaultStage, _ rush: Rush, _ services: inout [ServeProcess]
    ) async throws -> Duration {
        var longest = Duration.zero
        for _ in 0..<Self.massacres {
            for service in services { service.process.send(.kill) }
            for old in services {
                #expect(await old.process.end() == 137)
                services.removeFirst()
                let next = try await stage.serve()
                services.append(next)
                rush.replace(old.port, by: next.port)
            }
            stage.timeline.note("all are replaced")
            longest = max(longest, try await rush.recovery(since: .now))
            try await rush.untilOrders(Self.ordersBetween)
        }
        return longest
    }

    /// Shuts down one instance after the other in order, and starts another in its place.
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

    /// Sets the clock of an instance ahead, back and right again.
    private func jump(
        _ service: ServeProcess, _ stage: FaultStage, _ rush: Rush, through settings: [Int]
    ) async throws -> Duration {
        let clock = try #require(stage.clock)
        for seconds in settings {
            try clock.set(ahead: seconds)
            try await until("its clock jumps") { try await Self.isAhead(service, by: seconds) }
            stage.timeline.note("its clock is \(seconds) s ahead")
            if seconds != 0 { try await rush.untilOrders(Self.ordersBetween) }
        }
        return try await rush.recovery(since: .now)
    }

    /// Whether an instance dates its answers so, to within a second: dates have whole seconds.
    private static func isAhead(_ service: ServeProcess, by seconds: Int) async throws -> Bool {
        let now = Int(Date.now.timeIntervalSince1970)
        let date = try #require(try await service.ask("GET", "/sales/active")["Date"])
        // "Sun, 06 Nov 1994 08:49:37 GMT"
        let time = date.split(separator: " ").dropFirst(4).first ?? ""
        let said = time.split(separator: ":").reduce(0) { $0 * 60 + (Int($1) ?? 0) }
        let day = 86_400
        return (0...1).contains((said - (now + seconds) % day + day) % day)
    }

    /// Fills the disk that the service logs to, while it logs much.
    private func fillLog(_ stage: FaultStage, _ rush: Rush, _ service: ServeProcess) async throws -> Duration {
        let disk = try #require(stage.disk)
        #expect(service.process.errors.utf8.count + service.process.output.utf8.count > Self.logLeast, "it logs little")
        try disk.fill()
        try await rush.untilOrders(Self.ordersBetween)
        try disk.free()
        return try await rush.recovery(since: .now)
    }

    /// Opens more idle connections than an instance may open files.
    private func takeDescriptors(
        of service: ServeProcess, _ stage: FaultStage, _ rush: Rush
    ) async throws -> Duration {
        let port = service.port
        let strangers = try await Crowd.run(Self.filesFew, ports: []) { _, _ in
            loopbackSocket(port: port, patienceSeconds: 10)
        }
        stage.timeline.note("\(strangers.compactMap(\.self).count) idle clients have connected")
        try await rush.untilOrders(Self.ordersBetween)
        for stranger in strangers.compactMap(\.self) { close(stranger) }
        let recovery = try await rush.recovery(since: .now)
        try await until("it admits again") { try await service.ask("GET", "/sales/active").status == 200 }
        return recovery
    }

    /// Runs processes of equal priority that use every processor.
    private func starve(_ rush: Rush) async throws -> Duration {
        let hungry = try (0..<Self.hungry).map { _ in
            try WatchedProcess(
                ["sh", "-c", "while :; do :; done"], lastSignal: .kill, output: "/dev/null", lock: nil)
        }
        try await rush.untilOrders(Self.ordersBetween)
        for process in hungry {
            process.send(.kill)
            _ = await process.watcher.end(within: ServiceProcess.patience)
        }
        return try await rush.recovery(since: .now)
    }

    /// The number of purchases that must succeed at each setting of a clock, between two kills, and during a shortage.
    private static let ordersBetween = 50
    private static let massacres = 3
    /// The number of files that a service may open: more than the buyers need, and few.
    static let filesFew = 800
    private static let hungry = 8
    /// In bytes, of fifty purchases.
    private static let logLeast = 10_000
}
