// A batch is all its requests' and carries the name of none.

import FlashSale
import LibpqClient
import Synchronization
import Telemetry
import Testing

@testable import PostgresLedger

@Suite struct BatchContextTests {
    @Test("The request that a batch begins with does not lend it its name")
    func nobody() async throws {
        let names = Mutex<[String?]>([])
        let batches = GroupCommit<Int, Int>(
            of: Statements.record, waitersMax: PostgresSaleLedger.waitersMax, tracer: nil,
            executor: globalConcurrentExecutor, logger: .silent,
            countsReexecution: { _ in }
        ) { (_, requests, _) throws(PostgresError) in
            names.withLock { $0.append(RequestContext.current?.requestID) }
            return requests.map { .decided($0) }
        }
        let answer = await RequestContext(requestID: "r").run(tracedBy: nil) {
            try? await batches.submit(7, to: .whole(SaleID(1), nil), deadline: .now + .seconds(30))
        }
        #expect(answer == 7)
        #expect(names.withLock { $0 } == [nil])
    }
}
