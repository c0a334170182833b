// The faults of Postgres and of the line to it.

import DevStack
import Glibc
import Testing

extension StoreFault {
    /// The service promises nothing during the fault; a buyer must have got a 503 before it ends.
    func stopWrites(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws -> Duration {
        let line = stage.postgresLine
        switch self {
        case .postgresKilled, .postgresRestarted:
            stage.postgres.kill(self == .postgresKilled ? .kill : .interrupt)
            try await rush.untilUnavailable()
            try await stage.postgres.restart()
        case .postgresRefused:
            try await line.refuse()
            try await rush.untilUnavailable()
            try await line.admit()
        case .postgresCrowded: try await crowd(stage, rush)
        case .postgresReadOnly:
            // As after a failover, before the new primary is promoted.
            try await stage.deployment.ledger.run("ALTER SYSTEM SET default_transaction_read_only = on")
            try await stage.deployment.ledger.run("SELECT pg_reload_conf()")
            try await rush.untilUnavailable()
            try await stage.deployment.ledger.run("ALTER SYSTEM RESET default_transaction_read_only")
            try await stage.deployment.ledger.run("SELECT pg_reload_conf()")
        case .postgresDiskFull: return try await fillDisk(stage, rush)
        case .backendFrozen: try await freezeBackend(stage, rush, sale: sale)
        case .saleLocked:
            try await stage.deployment.ledger.withSaleBlocked(sale) { try await rush.untilUnavailable() }
        default:
            let faults: [StoreFault: FaultProxy.Fault] = [
                .postgresHalfOpen: .halfOpen, .postgresMute: .mute, .postgresTrickle: .trickle,
            ]
            try await line.set(try #require(faults[self]))
            try await rush.untilUnavailable()
            try await line.set(.none)
        }
        stage.timeline.note("the fault is over")
        return try await rush.recovery(since: .now)
    }

    /// Only Postgres knows a statement's outcome: the service settles it by a second run.
    func breakStatement(_ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        let line = stage.postgresLine
        switch self {
        case .backendKilled:
            let backend = try await stage.deployment.ledger.number(Self.services("SELECT pid", "LIMIT 1"))
            let start = ContinuousClock.now
            #expect(Glibc.kill(pid_t(backend), SIGKILL) == 0)
            return try await rush.recovery(since: start)
        case .postgresCut:
            let start = ContinuousClock.now
            try await line.cut()
            return try await rush.recovery(since: start)
        default:
            let faults: [StoreFault: FaultProxy.Fault] = [
                .recordReplyDropped: .dropReply(to: Self.call("record")),
                .orderReplyDropped: .dropReply(to: Self.call("order")),
                .releaseReplyDropped: .dropReply(to: Self.call("release")),
                .orderCut: .cut(after: Self.call("order")),
            ]
            let strikes = try await line.strikes
            try await line.set(try #require(faults[self]))
            try await until("the fault strikes") { try await line.strikes > strikes }
            return try await rush.recovery(since: .now)
        }
    }

    /// The number of purchases that must succeed while Postgres is disturbed.
    private static let ordersMeanwhile = 100

    /// The service still answers.
    func disturbPostgres(_ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        switch self {
        case .walWriterFrozen:
            let writer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
            let id = pid_t(try await stage.deployment.ledger.number(writer))
            try #require(id > 0 && Glibc.kill(id, SIGSTOP) == 0)
            defer { _ = Glibc.kill(id, SIGCONT) }
            try await rush.untilOrders(Self.ordersMeanwhile)
        case .postgresJitter:
            try await stage.postgresLine.set(.jitter(upTo: .milliseconds(50)))
            try await rush.untilOrders(Self.ordersMeanwhile)
            try await stage.postgresLine.set(.none)
        case .postgresSlow:
            // First slow enough that a refusal is still confirmed in time, then so slow that no result comes in time.
            try await stage.postgresLine.set(.delay(.milliseconds(150)))
            try await rush.untilRefused()
            try await stage.postgresLine.set(.delay(.milliseconds(700)))
            try await rush.untilUnavailable()
            try await stage.postgresLine.set(.none)
        default:
            // Two at a time, like two machines that are set up together.
            async let other: Void = Deployment.migrate(stage.deployment.databaseURL)
            try await Deployment.migrate(stage.deployment.databaseURL)
            try await other
        }
        return try await rush.recovery(since: .now)
    }

    /// A Postgres that cannot write its log ends, and recovers once there is space.
    private func fillDisk(_ stage: FaultStage, _ rush: Rush) async throws -> Duration {
        let disk = try #require(stage.disk)
        try disk.fill()
        try await rush.untilUnavailable()
        try disk.free()
        let start = ContinuousClock.now
        stage.timeline.note("there is space")
        func hasEnded() -> Bool { stage.postgres.processID.map { Glibc.kill($0, 0) != 0 } ?? true }
        try await until("a purchase, or the end of Postgres") { rush.hasOrder(since: start) || hasEnded() }
        guard hasEnded() else { return try await rush.recovery(since: start) }
        try await stage.postgres.restart()
        return try await rush.recovery(since: .now)
    }

    /// Other clients take every connection; the services lose theirs and get none.
    private func crowd(_ stage: FaultStage, _ rush: Rush) async throws {
        try await stage.postgresLine.refuse()
        try await until("the services are gone") {
            try await stage.deployment.ledger.number(Self.services("SELECT count(*)")) == 0
        }
        let port = stage.postgres.port
        let strangers = try await Crowd.run(1, ports: []) { _, _ in Self.takeConnections(port: port) }[0]
        defer { for stranger in strangers { close(stranger) } }
        stage.timeline.note("\(strangers.count) other clients have taken all connections")
        try await stage.postgresLine.admit()
        try await rush.untilUnavailable()
    }

    /// Stops the backend of a service while it has the sale's lock.
    private func freezeBackend(_ stage: FaultStage, _ rush: Rush, sale: Int) async throws {
        let waiting = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted ORDER BY waitstart LIMIT 1"
        var backend: pid_t = 0
        try await stage.deployment.ledger.withSaleBlocked(sale) {
            try await until("a batch waits for the sale's lock") {
                backend = pid_t(try await stage.deployment.ledger.number(waiting))
                return backend > 0
            }
            // The first waiter gets the lock next, even if it is stopped.
            #expect(Glibc.kill(backend, SIGSTOP) == 0)
        }
        defer { _ = Glibc.kill(backend, SIGCONT) }
        try await rush.untilUnavailable()
    }

    /// Connects with a user name but no password, which takes a place, until Postgres has no more places.
    private static func takeConnections(port: Int) -> [Int32] {
        let body: [UInt8] = [0, 3, 0, 0] + Array("user\0flashsale\0\0".utf8)
        let hello = [0, 0, 0, UInt8(body.count + 4)] + body
        var taken: [Int32] = []
        while let descriptor = loopbackSocket(port: port, patienceSeconds: 10) {
            var answer: UInt8 = 0
            guard send(descriptor, hello, hello.count, Int32(MSG_NOSIGNAL)) == hello.count,
                recv(descriptor, &answer, 1, 0) == 1, answer == UInt8(ascii: "R")
            else {
                close(descriptor)
                return taken
            }
            taken.append(descriptor)
        }
        return taken
    }

    /// The result of a query about the services' connections.
    static func services(_ select: String, _ more: String = "") -> String {
        "\(select) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            + "AND application_name <> '\(LedgerReader.name)' \(more)"
    }

    /// The begin of a prepared statement's execution on the wire: an empty portal name, then the statement's name.
    static func call(_ statement: String) -> String { "\0\(statement)\0" }
}
