// How a program and a database fit together, from what was read of the database alone.

import FlashSale
import Testing

@testable import PostgresLedger

@Suite struct SchemaStateTests {
    private static let since = Timestamp(microseconds: 1)

    private static func report(
        _ tables: [SchemaFileStatus.State], _ functions: [SchemaFileStatus.State], revision: Int?, isEarly: Bool = false
    ) -> SchemaReport {
        SchemaReport(
            tables: tables.enumerated().map { SchemaFileStatus(name: "t\($0 + 1)", state: $1) },
            functions: functions.enumerated().map { SchemaFileStatus(name: "f\($0 + 1)", state: $1) },
            programRevision: 5, databaseRevision: revision, isEarly: isEarly)
    }

    struct Case: Sendable {
        let report: SchemaReport
        let state: SchemaState
        let isServed: Bool
    }

    @Test(
        "The state says which side is older, and whether a running process may go on",
        arguments: [
            Case(
                report: report([.inPlace(since: since)], [.inPlace(since: since)], revision: 5), state: .current,
                isServed: true),
            // Functions that are the same need no revision to tell them apart.
            Case(
                report: report([.inPlace(since: since)], [.inPlace(since: since)], revision: 6), state: .current,
                isServed: true),
            Case(
                report: report([.inPlace(since: since), .pending], [.differs(since: since)], revision: 4),
                state: .lacksTables(["t2"]), isServed: false),
            Case(
                report: report([.inPlace(since: since)], [.pending], revision: nil),
                state: .olderFunctions(nil, here: 5), isServed: false),
            Case(
                report: report([.inPlace(since: since)], [.unknown(since: since)], revision: 4),
                state: .olderFunctions(4, here: 5), isServed: false),
            Case(
                report: report(
                    [.inPlace(since: since)], [.inPlace(since: since), .differs(since: since)], revision: 5),
                state: .otherFunctions(["f2"], revision: 5), isServed: false),
            Case(
                report: report([.inPlace(since: since)], [.differs(since: since)], revision: 6),
                state: .newerFunctions(6, here: 5), isServed: true),
            Case(
                report: report([.inPlace(since: since), .unknown(since: since)], [.pending], revision: 6),
                state: .newerTables("t2"), isServed: true),
            Case(
                report: report([.differs(since: since), .pending], [.pending], revision: nil),
                state: .changedTable("t1"), isServed: false),
            Case(report: report([.pending], [.pending], revision: nil, isEarly: true), state: .early, isServed: false),
        ])
    func state(_ example: Case) {
        #expect(example.report.state == example.state)
        #expect(example.state.isServed == example.isServed)
        // One sentence, with what to do unless there is nothing to do.
        let sentence = "\(example.state)"
        #expect(sentence.hasSuffix("."))
        #expect(example.state == .current || sentence.contains(": "))
    }
}
