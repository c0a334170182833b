// The board of Postgres: use, saturation and errors as the service sees them, then Postgres's own figures.

internal import Telemetry

extension Dashboard {
    static func database(_ words: Vocabulary) -> Dashboard {
        let database = words.instruments.database
        return Dashboard(
            uid: "flashsale-database", title: "Flash sale / Database",
            purpose: "Postgres: the pool, the statements, the transactions and the server.",
            rows: [pool(database), statements(database), transactions(database), postgres(words)])
    }

    private static func pool(_ database: DatabaseInstruments) -> Row {
        func sum(_ gauge: any Readable) -> Expression { Expression.value(gauge).sum() }
        return Row(
            "Pool",
            [
                Panel(
                    "Pool in use", "Share of the allowed connections that are in use.", .ratio, maximum: 1,
                    thresholds: Threshold.saturation(.databaseConnections),
                    [Target(databaseUse(database), "{{instance}}")]),
                Panel(
                    "Connections", "In use and idle, and the most allowed.", .count,
                    [
                        Target(sum(database.connectionsActive), "in use"),
                        Target(sum(database.connectionsIdle), "idle"),
                        Target(sum(database.connectionsMax), "allowed"),
                    ]),
                Panel(
                    "Waiting for a connection", "Callers that wait now, and callers a second that got none in time.",
                    .count, thresholds: [.never],
                    [
                        Target(sum(database.poolWaiters), "waiting"),
                        Target(Expression.rate(database.poolTimeoutsTotal).sum(), "timed out", .stands),
                    ]),
                Panel(
                    "Wait for a connection", "How long callers waited.", .seconds, as: .heatmap,
                    [Target(.buckets(database.poolWaitDurationSeconds), "{{le}}")]),
                Panel(
                    "Wait p99", "99 % of callers waited at most this long.", .seconds,
                    [
                        Target(
                            .quantile(0.99, database.poolWaitDurationSeconds), "p99",
                            .mayBeEmpty("no caller, no quantile"))
                    ]),
                Panel(
                    "Connections opened and closed", "A second; closed ones by reason.", .operationsPerSecond,
                    [
                        Target(Expression.rate(database.connectionsOpenedTotal).sum(), "opened", .stands),
                        Target(
                            Expression.rate(database.connectionsClosedTotal).sum(by: ConnectionCloseReason.labelName),
                            "{{reason}}", .stands),
                    ]),
            ])
    }

    private static func statements(_ database: DatabaseInstruments) -> Row {
        let type = QueryType.labelName
        return Row(
            "Statements",
            [
                Panel(
                    "Statement p95", "By type and main table.", .seconds, width: 12,
                    [
                        Target(
                            .quantile(0.95, database.queryDurationSeconds, by: type, QueryTable.labelName),
                            "{{query_type}} {{table}}", .mayBeEmpty("a statement that is not sent has no quantile"))
                    ]),
                Panel(
                    "Statements", "A second, by type.", .operationsPerSecond, width: 12,
                    [
                        Target(
                            Expression.observations(database.queryDurationSeconds).sum(by: type), "{{query_type}}",
                            .stands)
                    ]),
                Panel(
                    "Errors", "Statements that failed a second, by class. Only classes that occur are drawn.",
                    .operationsPerSecond,
                    [
                        Target(
                            Expression.rate(database.errorsTotal).sum(by: DatabaseErrorClass.labelName)
                                .compared(.above, 0), "{{class}}", .mayBeEmpty("only classes that occur are drawn"))
                    ]),
                Panel(
                    "Rows per batch", "Rows sent with one statement: how well the group commit fills.", .count,
                    [
                        Target(
                            .mean(database.batchRows, by: type), "{{query_type}}",
                            .mayBeEmpty("a type without batches has no mean"))
                    ]),
                Panel(
                    "Rows returned", "By one statement, on average.", .count,
                    [
                        Target(
                            .mean(database.rowsReturned, by: type), "{{query_type}}",
                            .mayBeEmpty("a type that is not sent has no mean"))
                    ]),
            ])
    }

    private static func transactions(_ database: DatabaseInstruments) -> Row {
        let outcome = TransactionOutcome.labelName
        return Row(
            "Transactions",
            [
                Panel(
                    "Transactions", "Ended a second, by outcome.", .operationsPerSecond, width: 6,
                    [
                        Target(
                            Expression.rate(database.transactionsTotal).sum(by: outcome), "{{outcome}}", .stands)
                    ]),
                Panel(
                    "Transaction p95", "BEGIN and COMMIT included.", .seconds, width: 6,
                    [
                        Target(
                            .quantile(0.95, database.transactionDurationSeconds, by: outcome), "{{outcome}}",
                            .mayBeEmpty("an outcome that does not occur has no quantile"))
                    ]),
                Panel(
                    "Run again", "Statements a second whose outcome was unknown.", .operationsPerSecond, width: 4,
                    thresholds: [.alert(.reexecutions)],
                    [
                        Target(
                            Expression.rate(database.reexecutionsTotal).sum(by: ReexecutionReason.labelName),
                            "{{reason}}", .stands)
                    ]),
                Panel(
                    "Prepared statements", "Over all connections. A slope without an end is a leak.", .count, width: 4,
                    [Target(Expression.value(database.preparedStatements).sum(), "prepared")]),
                Panel(
                    "Commits wait for a standby", "If they did and do not now, a promotion may lose what buyers hear.",
                    .yesOrNo, width: 4,
                    [Target(Expression.value(database.replicationSynchronous).min(), "they wait", .stands)]),
            ])
    }

    private static func postgres(_ words: Vocabulary) -> Row {
        let absent = Target.Expectation.mayBeEmpty("there is no postgres_exporter beside `flashsale dev`")
        func rate(_ name: String) -> Expression { Expression.rate(words[name]).sum() }
        return Row(
            "The server, by postgres_exporter",
            [
                Panel(
                    "Postgres is up", "Whether the exporter reaches it.", .yesOrNo, as: .stat, width: 4, height: 8,
                    thresholds: [.good(from: 1)], [Target(Expression.value(words["pg_up"]).min(), "up", absent)]),
                Panel(
                    "Transactions of the server", "A second, all databases.", .operationsPerSecond, width: 5,
                    [
                        Target(rate("pg_stat_database_xact_commit"), "commit", absent),
                        Target(rate("pg_stat_database_xact_rollback"), "rollback", absent),
                    ]),
                Panel(
                    "Sessions", "By state.", .count, width: 5,
                    [Target(Expression.value(words["pg_stat_activity_count"]).sum(by: "state"), "{{state}}", absent)]),
                Panel(
                    "Checkpoints", "A second: on time, and early because there was too much to write.",
                    .operationsPerSecond, width: 5,
                    [
                        Target(
                            rate("pg_stat_checkpointer_num_timed_total")
                                .or(rate("pg_stat_bgwriter_checkpoints_timed_total")), "on time", absent),
                        Target(
                            rate("pg_stat_checkpointer_num_requested_total")
                                .or(rate("pg_stat_bgwriter_checkpoints_req_total")), "requested", absent),
                    ]),
                Panel(
                    "Deadlocks", "A second. The order of locks makes them impossible between batches.",
                    .operationsPerSecond, width: 5, [Target(rate("pg_stat_database_deadlocks"), "deadlocks", absent)]),
                Panel(
                    "Log kept for readers", "Of the write-ahead log, by slot. It grows without an end if nobody reads.",
                    .bytes, width: 24, thresholds: [.alert(.slotBytes)],
                    [
                        Target(
                            Expression.value(words["pg_replication_slots_pg_wal_lsn_diff"]).max(by: "slot_name"),
                            "{{slot_name}}", .mayBeEmpty("nobody follows the ledger"))
                    ]),
            ])
    }
}
