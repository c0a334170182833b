// A purchase in a collector's view.

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
                        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)",
                        "FLASHSALE_TRUSTED_PROXIES": "127.0.0.1",
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

        @Test("Every exemplar leads to a span that the collector has")
        func exemplars() async throws {
            try await CollectorSink.with { sink, port in
                try await Deployment.with { deployment in
                    let service = try await deployment.serveUnscheduled([
                        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:\(port)", "OTEL_TRACES_SAMPLER": "always_on",
                    ])
                    let sale = try await service.createSale(items: 1)
                    let checkout = try await service.ask("POST", "/checkout?user_id=ann-7&id=ITM-\(sale)-1")
                    let refused = try await service.ask("POST", "/checkout?user_id=bob-1&id=ITM-\(sale)-1")
                    let purchase = try await service.ask("POST", "/purchase?code=\(try #require(checkout.code))")
                    #expect(purchase.status == 200 && refused.status == 409)
                    let page = try await service.openMetrics()
                    await service.process.stop()
                    let shown = exemplars(in: page)
                    let families = [
                        "http_request_duration_seconds_bucket", "checkout_duration_seconds_bucket",
                        "checkout_failure_total", "purchase_duration_seconds_bucket",
                        "redis_command_duration_seconds_bucket", "db_query_duration_seconds_bucket",
                    ]
                    #expect(families.allSatisfy { family in shown.contains { $0.sample.hasPrefix(family + "{") } })
                    let spans = CollectorSink.spans(of: try sink.requests())
                    let ids = Set(spans.map { "\(hexadecimal($0.traceID)) \(hexadecimal($0.id))" })
                    #expect(shown.filter { !ids.contains($0.span) }.isEmpty)
                }
            }
        }

        @Test("A service that does not trace shows no exemplars")
        func untraced() async throws {
            try await Deployment.with { deployment in
                let service = try await deployment.serveUnscheduled()
                _ = try await service.createSale(items: 1)
                #expect(exemplars(in: try await service.openMetrics()).isEmpty)
                await service.process.stop()
            }
        }

        /// The samples with an exemplar, with its trace and span.
        private func exemplars(in page: String) -> [(sample: Substring, span: String)] {
            page.matches(of: /(?m)^([^#\n]+) # \{trace_id="([0-9a-f]{32})",span_id="([0-9a-f]{16})"\}/).map { match in
                (match.1, "\(match.2) \(match.3)")
            }
        }

        private func check(_ sink: CollectorSink, code: String) throws {
            let requests = try sink.requests()
            let all = CollectorSink.spans(of: requests)
            let spans = all.filter { hexadecimal($0.traceID) == Self.traceID }
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
            let begin = try #require(spans.first { $0.name == "EVALSHA begin" })
            #expect(begin.kind == 3 && begin.parent == lock.id && begin.texts["db.system.name"] == "redis")
            #expect(spans.contains { $0.name == "EVALSHA settle" })
            #expect(roots[0].texts["url.query"] == "code=REDACTED")
            #expect(all.contains { $0.name == "ledger order batch" && $0.parent.isEmpty })

            let secret = code.utf8.drop { $0 != UInt8(ascii: "-") }.dropFirst()
            let bytes = Array(requests.joined())
            #expect(contains(bytes, Array("REDACTED".utf8)))
            #expect(!contains(bytes, Array(secret)))
            #expect(!contains(bytes, Array("ann-7".utf8)))
        }

        private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
            String(decoding: bytes, as: Unicode.ASCII.self).contains(String(decoding: part, as: Unicode.ASCII.self))
        }

        private func hexadecimal(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
