// The answer to a scrape: format, coding, restriction, and the limit on scrapes at once.

import Foundation
import Synchronization
import Telemetry
import Testing

@testable import TelemetryExport

@Suite("The metrics' endpoint")
struct MetricsEndpointTests {
    let instruments = Instruments()

    @Test("A scrape gets the format and the coding that it asked for")
    func forms() throws {
        let endpoint = MetricsEndpoint(MetricsExposition(instruments))
        let plain = try #require(endpoint.answer(accept: nil, acceptEncoding: nil, names: ["sale_active"]))
        #expect(plain.contentEncoding == nil)
        #expect(String(decoding: plain.body, as: UTF8.self).hasSuffix("\nsale_active 0\n"))
        let packed = try #require(
            endpoint.answer(
                accept: "application/openmetrics-text", acceptEncoding: "gzip", names: ["sale_active"]))
        #expect(packed.contentType == ExpositionFormat.openMetrics.contentType)
        #expect(packed.contentEncoding == "gzip")
        #expect(String(decoding: try gunzip(packed.body), as: UTF8.self).hasSuffix("\nsale_active 0\n# EOF\n"))
    }

    @Test("Three of many scrapes at once are rendered, the others are refused, and later scrapes are rendered again")
    func atOnce() async {
        let (arrived, arrival) = AsyncStream<Void>.makeStream()
        let gate = DispatchSemaphore(value: 0)
        instruments.onScrape {
            arrival.yield()
            gate.wait()
        }
        let endpoint = MetricsEndpoint(MetricsExposition(instruments))
        for _ in 0..<MetricsEndpoint.scrapesMax {
            Thread.detachNewThread {
                _ = endpoint.answer(accept: nil, acceptEncoding: nil)
                arrival.yield()
            }
        }
        var arrivals = arrived.makeAsyncIterator()
        for _ in 0..<MetricsEndpoint.scrapesMax { await arrivals.next(isolation: #isolation) }
        for _ in 0..<100 { #expect(endpoint.answer(accept: nil, acceptEncoding: nil) == nil) }
        for _ in 0...MetricsEndpoint.scrapesMax { gate.signal() }
        for _ in 0..<MetricsEndpoint.scrapesMax { await arrivals.next(isolation: #isolation) }
        #expect(endpoint.answer(accept: nil, acceptEncoding: nil) != nil)
    }
}
