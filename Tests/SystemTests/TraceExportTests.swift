// A purchase as a collector sees it.

import Testing

extension SystemTests {
    @Suite("Traces of the whole service")
    struct TraceExportTests {
        static let traceID = "0af7651916cd43dd8448eb211c80319c"
        static let parentID = "b7ad6b7169203331"

        @Test("A purchase with a traceparent arrives as one tree, with the stores' spans and without the code")
        func purchase() async throws {
            try await CollectorSink.with { sink, port in
                try await Deployment.with { deployment in
                    let service = try await deployment.serveUnscheduled([
                        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)"
                    ])
                    let sale = try await service.createSale(items: 1)
                    let checkout = try await service.ask("POST", "/checkout?user_id=ann-7&id=ITM-\(sale)-1")
                    let code = try #require(checkout.code)
                    let answer = try await service.ask(
                        "POST", "/purchase?code=\(code)",
                        fields: [("traceparent", "00-\(Self.traceID)-\(Self.parentID)-01")])
                    #expect(answer.status == 200)
                    #expect(answer["traceresponse"]?.hasPrefix("00-\(Self.traceID)-") == true)
                    await service.process.stop()
                    try check(sink, code: code)
                }
            }
        }

        private func check(_ sink: CollectorSink, code: String) throws {
            let spans = sink.spans.filter { hexadecimal($0.traceID) == Self.traceID }
            let roots = spans.filter { hexadecimal($0.parent) == Self.parentID }
            #expect(roots.map(\.name) == ["POST /purchase"] && roots.map(\.kind) == [2])
            let ids = Set(spans.map(\.id))
            #expect(ids.count == spans.count)
            #expect(spans.allSatisfy { ids.contains($0.parent) || hexadecimal($0.parent) == Self.parentID })
            let execute = try #require(spans.first { $0.name == "purchase execute" })
            #expect(execute.parent == roots[0].id)
            let order = try #require(spans.first { $0.name == "CALL order" })
            #expect(order.kind == 3 && order.parent == execute.id && order.texts["db.system.name"] == "postgresql")
            let lock = try #require(spans.first { $0.name == "lock acquire purchase" })
            let set = try #require(spans.first { $0.name == "SET" })
            #expect(set.kind == 3 && set.parent == lock.id && set.texts["db.system.name"] == "redis")
            #expect(spans.contains { $0.name == "EVALSHA settle" })
            #expect(roots[0].texts["url.query"] == "code=REDACTED")
            #expect(sink.spans.contains { $0.name == "ledger order batch" && $0.parent.isEmpty })

            let secret = code.utf8.drop { $0 != UInt8(ascii: "-") }.dropFirst()
            #expect(!contains(sink.bytes, Array(secret)))
            #expect(!contains(sink.bytes, Array("ann-7".utf8)))
        }

        private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
            String(decoding: bytes, as: Unicode.ASCII.self).contains(String(decoding: part, as: Unicode.ASCII.self))
        }

        private func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
