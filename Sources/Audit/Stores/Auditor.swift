// Runs the checks of the stores: those of Postgres in one snapshot, then the gate against the ledger. PromiseAudit
// judges what clients were promised.

public import HiredisClient
public import LibpqClient

/// Checks the invariants from the stores alone.
///
/// Trust rule: it trusts neither the service nor its metrics, only rows and keys. It writes nothing.
public struct Auditor: Sendable {
    /// How long an audit may take.
    static let durationMax = Duration.seconds(600)

    private let postgres: PostgresClient
    private let gate: GateAudit?

    /// - Parameters:
    ///   - redis: nil leaves the gate unchecked.
    ///   - connectTimeout: how long to wait for Redis. Without it the gate is left unchecked, and the report says so.
    ///   - pause: waits so long before another read of the gate.
    public init(
        postgres: PostgresClient, redis: RedisClient?, connectTimeout: Duration = .seconds(5),
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.postgres = postgres
        gate = redis.map {
            GateAudit(postgres: postgres, redis: $0, connectTimeout: connectTimeout, pause: pause)
        }
    }

    /// Audits one sale, or all.
    ///
    /// - Throws: `PostgresError` if the ledger cannot be read.
    public func audit(sale: Int32? = nil) async throws -> AuditReport {
        let start = ContinuousClock.now
        let deadline = start + Self.durationMax
        var (findings, notes) = try await auditLedger(sale, deadline: deadline)
        var problem: String?
        if let gate {
            do {
                let (ofGate, more) = try await gate.audit(sale: sale, deadline: deadline)
                findings += ofGate
                notes += more
            } catch let error as RedisError {
                problem = "the gate was not checked: \(error)"
            }
        } else {
            notes.append("the gate was not checked")
        }
        return AuditReport(findings: findings, notes: notes, problem: problem, duration: start.duration(to: .now))
    }

    /// All checks see the same rows, as they were when the first of them began.
    private func auditLedger(
        _ sale: Int32?, deadline: ContinuousClock.Instant
    ) async throws -> ([Finding], notes: [String]) {
        try await postgres.withTransaction(deadline: deadline) { connection in
            _ = try await connection.query(AuditStatements.snapshot)
            _ = try await connection.query(AuditStatements.timeout(Self.durationMax))
            var findings: [Finding] = []
            for check in AuditCheck.all {
                findings.append(try await run(check, of: sale, on: connection))
            }
            var notes: [String] = []
            for remark in AuditCheck.remarks {
                let finding = try await run(remark, of: sale, on: connection)
                guard let first = finding.counterexamples.first else { continue }
                notes.append("\(finding.sentence): \(finding.breaches) did not, such as \(first)")
            }
            return (findings, notes)
        }
    }

    private func run(
        _ check: AuditCheck, of sale: Int32?, on connection: PostgresConnection
    ) async throws -> Finding {
        let rows = try await connection.query(
            AuditStatements.counterexamples(of: check), [sale.map { .int4($0) } ?? .null])
        return Finding(
            check.name, check.invariant, check.sentence,
            count: try rows.first.map { Int(try $0[1].int64()) } ?? 0, try rows.map { try $0[0].string() })
    }
}
