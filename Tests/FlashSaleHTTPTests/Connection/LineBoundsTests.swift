// The lines of refusals: as many as an operator reads, and a count of the rest.

import Logging
import Telemetry
import Testing

@testable import FlashSaleHTTP

@Suite("Lines of refused requests")
struct LineBoundsTests {
    @Test("Each kind has its own lines, and each second new ones")
    func kinds() {
        let bounds = LineBounds()
        let kinds: [LineBounds.Kind] = [.refused(.itemSold), .refused(nil), .slow]
        for kind in kinds {
            let admitted = (1...100).count { _ in bounds.admits(kind) }
            #expect(admitted == LineBounds.linesPerSecond)
        }
        let leftOut = bounds.endSecond()
        #expect(leftOut.map(\.kind.name) == ["item_sold", "not_found", "slow"])
        #expect(leftOut.allSatisfy { $0.count == 100 - LineBounds.linesPerSecond })
        #expect(bounds.endSecond().isEmpty && bounds.admits(.slow))
        #expect(LineBounds.Kind.all.enumerated().allSatisfy { $0.offset == $0.element.index })
    }

    @Test("A client that is refused without end leaves a few lines and a count of the others")
    func flood() async throws {
        try await TestServer.with { server in
            try await RawConnection.with(port: server.ports.api) { connection in
                for number in 1...200 {
                    try await connection.send("GET /nowhere HTTP/1.1\r\nHost: t\r\nX-Request-Id: r\(number)\r\n\r\n")
                    #expect(try await connection.answer()?.status == 404)
                }
            }
            await server.logs.hears { $0.message == "requests left out of the log" }
            let count = server.logs.lines.first { $0.message == "requests left out of the log" }?.metadata
            #expect(count?["reason"] == "not_found" && Int(count?["count"]?.description ?? "") ?? 0 > 0)
            #expect(server.logs.lines.count { $0.message == "request" } < 200)
        }
    }
}
