// Forms that are read and written byte by byte: targets, times, ids.

import FlashSale
import NIOCore
import Telemetry
import Testing
import Textbook

@testable import FlashSaleHTTP

@Suite("The wire's forms")
struct WireTests {
    @Test(
        "A target is split in origin form and in absolute form",
        arguments: [
            ("/a?b=c", "/a", "b=c"), ("/a", "/a", ""), ("/a?", "/a", ""), ("http://h:1/a?b", "/a", "b"),
            ("http://h", "/", ""), ("http://h?b", "/", "b"), ("HTTPS://h:1?/a", "/", "/a"),
            ("/a?b?c", "/a", "b?c"), ("/a://b", "/a://b", ""), ("*", "*", ""),
        ])
    func target(text: String, path: String, query: String) {
        let parts = splitTarget(text)
        #expect(parts.path == path)
        #expect(parts.query == query)
    }

    @Test(
        "An uptime is written in hours, minutes and seconds",
        arguments: [
            (0 as UInt64, "0.0s"), (3_400_000_000, "3.4s"), (123_400_000_000, "2m3.4s"),
            (3_723_499_999_999, "1h2m3.4s"),
            (3_600_000_000_000, "1h0m0.0s"),
        ])
    func uptime(nanoseconds: UInt64, text: String) {
        #expect(uptimeText(nanoseconds: nanoseconds) == text)
    }

    @Test("A prepared refusal has the bytes of any other", arguments: [.seconds(75), nil] as [Duration?])
    func preparedRefusal(idleTimeout: Duration?) {
        let prepared = PreparedRefusal(keptFor: idleTimeout)
        for number in [0, 7, UInt64.max] {
            let id = String(identifier: number)
            let answer = Problem(.overloaded).answer(requestID: id, jitter: number)
            var bytes = ByteBuffer(
                answer, date: "Thu, 02 Jan 2031 03:04:05 GMT", requestID: id, keptFor: idleTimeout)
            bytes.writeImmutableBuffer(answer.body)
            #expect(prepared.bytes(id: id, date: "Thu, 02 Jan 2031 03:04:05 GMT", jitter: number) == bytes)
        }
    }

    @Test("Request ids are well-formed and differ")
    func requestIDs() {
        var random = SplitMix64(seed: 3)
        let ids = (1...10_000).map { _ in String(identifier: random.next()) }
        #expect(Set(ids).count == ids.count)
        #expect(ids.allSatisfy { isWellFormedIdentifier($0) && $0.utf8.count == 13 })
    }

    @Test("Limits that contradict each other are named")
    func limits() {
        #expect(HTTPLimits().problems() == [])
        var limits = HTTPLimits()
        limits.bodyBytes = 0
        limits.idleTimeout = .zero
        #expect(limits.problems().count == 2)
    }
}
