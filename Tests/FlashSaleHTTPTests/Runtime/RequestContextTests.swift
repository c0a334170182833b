// The request of a task, as its log lines show it without tracing.

import FlashSaleHTTP
import Logging
import Synchronization
import Telemetry
import Testing

@Suite("The request of a task")
struct RequestContextTests {
    @Test("Lines of a flow have the request's id, and the buyer's once it is known")
    func fields() async throws {
        let seen = Mutex<[Logger.Metadata]>([])
        let note: @Sendable () -> Void = { seen.withLock { $0.append(RequestContext.metadataProvider.get()) } }
        try await TestServer.with { setup in
            let (record, sell) = (setup.script.record, setup.script.sell)
            setup.script.record = { request in
                note()
                return try await record(request)
            }
            setup.script.sell = { request in
                note()
                return try await sell(request)
            }
        } _: { server in
            _ = try await server.ask("POST", "/checkout?user_id=ann&id=ITM-7-1", ["X-Request-Id: first"])
            _ = try await server.ask("POST", "/purchase?code=\(BuyerRoutesTests.code)", ["X-Request-Id: second"])
        }
        #expect(seen.withLock { $0 } == [["request_id": "first", "user_id": "ann"], ["request_id": "second"]])
    }

    @Test("A child task has the request of its parent; a task without a request has none")
    func inheritance() async {
        #expect(RequestContext.metadataProvider.get().isEmpty)
        let inner = await RequestContext(requestID: "r").run(tracedBy: nil) {
            RequestContext.current?.userID = "bob"
            return await Task { RequestContext.metadataProvider.get() }.value
        }
        #expect(inner == ["request_id": "r", "user_id": "bob"])
    }
}
