// Runs the checks: those of Postgres in one snapshot, then the gate against the ledger.

public import HiredisClient
public import LibpqClient
import Telemetry

/// Checks from the stores alone that nothing has happened which must never happen.
///
/// Trust rule: it believes neither the service nor its metrics, only rows and keys. It writes nothing.
public struct Auditor: Sendable {
    /// The most counterexamples that a finding lists.
    public static let counterexamplesMax = 10
    /// How long an audit may take.
    static let duration = Duration.seconds(600)

    private let postgres: PostgresClient
    private let gate: GateAudit?

    /// - Parameters:
    ///   - redis: nil leaves the gate unchecked.
    ///   - pause: how far apart the two reads of the gate are of which both must show a difference.
    public init(postgres: PostgresClient, redis: RedisClient?, pause: Duration = .seconds(5)) {
        self.postgres = postgres
        gate = redis.map { GateAudit(postgres: postgres, redis: $0, pause: pause) }
    }

    /// Audits one sale, or all.
    public func audit(sale: Int32? = nil) async throws -> AuditReport {
        let deadline = ContinuousClock.now + Self.duration
        let findings = try await postgres.withTransaction(deadline: deadline) { connection in
            let snapshot = PostgresStatement(
                "audit_snapshot", "set transaction isolation level repeatable read, read only", type: .other,
                table: .none, isPrepared: false)
            _ = try await connection.query(snapshot)
            var findings: [AuditReport.Finding] = []
            for check in AuditCheck.all {
                findings.append(try await run(check, of: sale, on: connection))
            }
            return findings
        }
        guard let gate else { return AuditReport(findings: findings, notes: ["the gate was not checked"]) }
        let (finding, notes) = try await gate.audit(sale: sale, deadline: deadline)
        return AuditReport(findings: findings + [finding], notes: notes)
    }

    private func run(
        _ check: AuditCheck, of sale: Int32?, on connection: PostgresConnection
    ) async throws -> AuditReport.Finding {
        let statement = PostgresStatement(
            "audit_check",
            """
            select counterexample, count(*) over () from (\(check.query)) breaches (counterexample)
            order by counterexample limit \(Self.counterexamplesMax)
            """, type: .select, table: .none, isPrepared: false)
        let rows = try await connection.query(statement, [sale.map { .int4($0) } ?? .null])
        return AuditReport.Finding(
            invariant: check.invariant, sentence: check.sentence,
            breaches: try rows.first.map { Int(try $0[1].int64()) } ?? 0,
            counterexamples: try rows.map { try $0[0].string() })
    }
}
