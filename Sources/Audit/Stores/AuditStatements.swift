// The statements of an audit: each is a file of Checks/. None is prepared, because an audit rarely runs one twice.

import LibpqClient
import Telemetry

enum AuditStatements {
    /// The first statement of the transaction in which the ledger is audited.
    static let snapshot = PostgresStatement(
        "audit_snapshot", "set transaction isolation level repeatable read, read only", type: .other, table: .none,
        isPrepared: false)
    static let gateLedger = read("gate_ledger", PackageResources.gate_ledger_sql, .none)
    static let gateSales = read("gate_sales", PackageResources.gate_sales_sql, .sales)
    static let gateUnits = read("gate_units", PackageResources.gate_units_sql, .units)
    static let gateBuyers = read("gate_buyers", PackageResources.gate_buyers_sql, .buyers)
    static let gateBuyerNames = read("gate_buyer_names", PackageResources.gate_buyer_names_sql, .buyers)
    static let witnessPod = read("witness_pod", PackageResources.witness_pod_sql, .none)
    static let witnessTerms = read("witness_terms", PackageResources.witness_terms_sql, .sales)
    static let witnessOrders = read("witness_orders", PackageResources.witness_orders_sql, .orders)
    static let witnessHolds = read("witness_holds", PackageResources.witness_holds_sql, .holds)

    /// Checks of a large sale may take longer than the service's statements.
    static func timeout(_ duration: Duration) -> PostgresStatement {
        PostgresStatement(
            "audit_timeout", "set local statement_timeout = '\(duration.components.seconds)s'", type: .other,
            table: .none, isPrepared: false)
    }

    /// Some of a check's counterexamples, each with the number of all.
    static func counterexamples(of check: AuditCheck) -> PostgresStatement {
        let sql = """
            select counterexample, count(*) over () from (\(check.query)) breaches (counterexample)
            order by counterexample limit \(Finding.counterexamplesMax)
            """
        return PostgresStatement("audit_" + check.name, sql, type: .select, table: .none, isPrepared: false)
    }

    private static func read(_ name: String, _ query: [UInt8], _ table: QueryTable) -> PostgresStatement {
        PostgresStatement(
            "audit_" + name, String(decoding: query, as: UTF8.self), type: .select, table: table, isPrepared: false)
    }
}
