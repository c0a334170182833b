// Runs against servers that speak HTTP in other ways than ours, at addresses of all kinds.

import Audit
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Textbook

@testable import FlashSaleLoad

@Suite("Servers of all kinds", .serialized)
struct ServerTests {
    private func run(
        _ service: StubService, host: String = "127.0.0.1", _ change: (inout Session) -> Void = { _ in },
        until isEnough: @escaping @Sendable (LaneReading) -> Bool = { _ in false }
    ) async throws -> RunReport {
        try await service.start(host: host)
        var scenario = Scenario()
        scenario.load = .open(Stage.constant(100, seconds: 0.5), .poisson)
        scenario.mix = BuyerMix([.doubleClicker: 2, .bot: 3])
        scenario.connections = 16
        var session = Session(
            scenario: scenario, target: try Target(parsing: "http://127.0.0.1:\(service.port)"),
            journalPath: NSTemporaryDirectory() + "load-\(UUID().uuidString).journal", isQuiet: true)
        change(&session)
        let report = try await session.run(until: isEnough)
        await service.stop()
        return report
    }

    /// A way to write an answer.
    struct Frame: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var closes = false
        let text: @Sendable (Int, String) -> String
    }

    static let frames = [
        Frame(testDescription: "after interim answers") {
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
                + "HTTP/1.1 \($0) X\r\nContent-Length: \($1.utf8.count)\r\n\r\n\($1)"
        },
        Frame(testDescription: "in chunks with trailers") {
            "HTTP/1.1 \($0) X\r\nTransfer-Encoding: chunked\r\nTrailer: Digest\r\n\r\n"
                + "\(String($1.utf8.count, radix: 16))\r\n\($1)\r\n0\r\nDigest: x\r\n\r\n"
        },
        Frame(testDescription: "with a list of connection options", closes: true) {
            "HTTP/1.1 \($0) X\r\nConnection: Keep-Alive, Close\r\nContent-Length: \($1.utf8.count)\r\n\r\n\($1)"
        },
        Frame(testDescription: "without a length", closes: true) { "HTTP/1.1 \($0) X\r\n\r\n\($1)" },
        Frame(testDescription: "by HTTP/1.0", closes: true) { "HTTP/1.0 \($0) X\r\n\r\n\($1)" },
        Frame(testDescription: "by HTTP/1.0 over a kept connection") {
            "HTTP/1.0 \($0) X\r\nConnection: keep-alive\r\nContent-Length: \($1.utf8.count)\r\n\r\n\($1)"
        },
    ]

    @Test("Answers in every form of HTTP/1.1 are answers", arguments: frames)
    func form(frame: Frame) async throws {
        let report = try await run(StubService(manner: .framed(frame.text, closes: frame.closes)))
        #expect(report.requests > 50)
        #expect(report.problems.isEmpty, "\(report.problems)")
        #expect(!report.rows.contains { ["error", "unknown"].contains($0.outcome) })
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
    }

    @Test("Bytes behind an answer are never the answer to the next request")
    func surplus() async throws {
        let manner = Manner.framed(
            { status, body in
                let answer = "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
                return body.contains("order_id") ? answer + answer : answer
            }, closes: false)
        let report = try await run(StubService(manner: manner))
        #expect(report.problems["an answer without a request"] ?? 0 > 5)
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
    }

    @Test(
        "A buyer who is told to wait for ever leaves with the end of the run",
        arguments: [BuyerKind.patientRetrier, .hoarder, .late])
    func farAway(kind: BuyerKind) async throws {
        let manner = Manner.framed(
            { status, body in
                let isRefused = kind != .late && body.contains("\"expires_at\"")
                let far = body.replacing(#/"expires_at":"[^"]*"/#, with: "\"expires_at\":\"9999-12-31T23:59:59Z\"")
                let length = "Content-Length: \(far.utf8.count)\r\nRetry-After: 9999999999\r\n\r\n\(far)"
                return "HTTP/1.1 \(isRefused ? 503 : status) X\r\n\(length)"
            }, closes: false)
        let report = try await run(StubService(manner: manner)) { session in
            session.scenario.mix = BuyerMix([kind: 1])
            session.scenario.drain = 0.1
        }
        #expect(report.requests > 0)
    }

    @Test("A buyer that holds something goes on over its connection")
    func kept() async throws {
        let service = StubService(itemCount: 500)
        let report = try await run(service) { session in
            session.scenario.mix = BuyerMix([.bot: 1])
            session.scenario.threads = 1
            session.scenario.load = .closed(buyers: 6, seconds: Session.deadline)
        } until: { reading in
            reading.facts.count(.purchase, .won) > 20
        }
        #expect(report.rows.contains { $0.endpoint == "purchase" && $0.outcome == "won" && $0.count > 20 })
        #expect(service.state.withLock { $0.straysBought } == 0)
    }

    private static let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"

    @Test(
        "A listener wins by the first event that says how the sale stands, and by nothing else",
        arguments: [
            (streamHead + "event: state\ndata: {\"phase\":\"open\"}\n\n", false, "won"),
            (
                "HTTP/1.1 200 OK\r\ncontent-type:text/event-stream;charset=utf-8\r\n\r\n"
                    + ": hello\n\nevent: state\ndata: {\"phase\":\"sold_out\"}\n\n", true, "won"
            ),
            (streamHead + "event: state\ndata: {\"phase\":\"open\"}\n", false, "error"),
            (streamHead + ": hello\n\nevent: items\ndata: {}\n\n", true, "error"),
            ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"phase\":\"open\"}\n\n", true, "error"),
            ("HTTP/1.1 204 No Content\r\n\r\n", false, "error"),
            ("SSH-2.0-OpenSSH_9.2\r\n\r\n", false, "error"),
            ("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n", false, "shed"),
            ("HTTP/1.1 200 OK\r\n", false, "unknown"), ("", true, "unknown"),
        ] as [(String, Bool, String)])
    func listeners(answer: String, closes: Bool, outcome: String) async throws {
        let report = try await run(StubService(manner: .tells(answer, closes: closes))) { session in
            session.scenario.mix = BuyerMix([.listener: 1])
            // What says no more, and ends nothing, is waited for.
            session.scenario.timeout = closes || ["won", "shed"].contains(outcome) ? 10 : 1
        }
        let row = try #require(report.rows.first { $0.endpoint == "events" })
        #expect(row.outcome == outcome && row.count == report.started && row.count > 20, "\(report.rows)")
        #expect(report.problems.values.reduce(0, +) == (["won", "shed"].contains(outcome) ? 0 : row.count))
    }

    @Test("A host is asked at the first of its addresses that takes connections")
    func addresses() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let service = StubService()
        try await service.start()
        let open = try SocketAddress(ipAddress: "127.0.0.1", port: service.port)
        let closed = try SocketAddress(ipAddress: "127.0.0.2", port: service.port)
        let target = try Target(parsing: "http://shop:1")
        let found = try await Target.firstOpen([closed, closed, open], of: target, on: loop, within: 3)
        #expect(found == open)
        await service.stop()
        let failure = await #expect(throws: Target.Unknown.self) {
            try await Target.firstOpen([closed, open], of: target, on: loop, within: 3)
        }
        let refused = ["127.0.0.2", "127.0.0.1"].map { "\($0): Connection refused" }.joined(separator: "; ")
        #expect(failure?.description == "http://shop:1 cannot be reached: \(refused).")
    }

    @Test("A name that nobody knows is a sentence")
    func unknownName() throws {
        let failure = #expect(throws: Target.Unknown.self) {
            try Target(parsing: "http://no-such-host.invalid").addresses()
        }
        #expect(failure?.description.hasPrefix("http://no-such-host.invalid:80 cannot be reached: ") == true)
    }

    private static let hasIPv6 = FileManager.default.contents(atPath: "/proc/net/if_inet6")?.isEmpty == false

    @Test("A service with an IPv6 address is a target in brackets", .enabled(if: hasIPv6))
    func version6() async throws {
        let service = StubService()
        let report = try await run(service, host: "::1") { session in
            session.target = (try? Target(parsing: "http://[::1]:\(service.port)")) ?? session.target
        }
        #expect(report.problems.isEmpty && report.requests > 50)
        #expect(report.settings.target.hasPrefix("http://[::1]:"))
    }

    @Test("A sale whose items cannot be read in time starts, and says what the audit does not judge")
    func largeSale() async throws {
        let service = StubService(itemCount: 10, lie: .refusesStock, pageItems: 3)
        let report = try await run(service) { $0.surveyTime = .zero }
        #expect(report.requests > 50)
        #expect(report.verdict?.notes.contains { $0.hasPrefix("items from ITM-1-1 on were not read") } == true)
    }

    /// A survey of a service that has started.
    private func survey(_ service: StubService) throws -> Survey {
        let target = try Target(parsing: "http://127.0.0.1:\(service.port)")
        let dialer = Dialer(target: target, address: try #require(try target.addresses().first))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return Survey(prober: Prober(eventLoop: loop, dialer: dialer, timeout: 5), target: target)
    }

    @Test("Items are read page by page, up to the last that is wanted")
    func pages() async throws {
        let service = StubService(itemCount: 10, pageItems: 3)
        try await service.start()
        let survey = try survey(service)
        var counts: [Int] = []
        #expect(try await survey.items(of: 1) { counts.append($0) }.items.count == 10)
        #expect(counts == [3, 6, 9, 10])
        #expect(try await survey.items(of: 1, Survey.Wish(last: 4)).items.count == 6)
        let none = try await survey.items(of: 1, Survey.Wish(deadline: .now))
        #expect(none.items.isEmpty && none.isCutOff)
        await service.stop()
    }

    @Test(
        "An impossible sale is no sale",
        arguments: [
            #"{"id":"1","total_items":9000000000000000000,"stock_per_item":9000000000000000000}"#,
            #"{"id":"1","total_items":0}"#, #"{"id":"1","total_items":1,"stock_per_item":-1}"#,
            #"{"id":"99999999999","total_items":1}"#, #"{"id":"1","total_items":1.5}"#, #"["1"]"#, "null",
        ])
    func impossibleSale(text: String) throws {
        #expect(Survey.Sale(try JSONValue(parsing: text.utf8, depth: 4)) == nil)
        #expect(Survey.Sale(try JSONValue(parsing: Array(#"{"id":"1","total_items":1}"#.utf8), depth: 1))?.stock == 1)
    }

    @Test("A survey asks an overloaded service again for as long as it may")
    func overloaded() async throws {
        let service = StubService(manner: .overloaded(first: 2))
        try await service.start()
        var survey = try survey(service)
        await #expect(throws: Prober.Failure.self) { try await survey.sale(1) }
        survey.patience = .seconds(5)
        #expect(try await survey.sale(1).id == 1)
        await service.stop()
    }

    @Test("A body that does not end is no answer")
    func endless() async throws {
        let body = String(repeating: "x", count: AnswerParser.bodyBytesMax + 1)
        let service = StubService(manner: .framed({ _, _ in "HTTP/1.1 200 OK\r\n\r\n\(body)" }, closes: false))
        try await service.start()
        let survey = try survey(service)
        let failure = await #expect(throws: Prober.Failure.self) { try await survey.prober.get("/") }
        #expect(failure?.description.hasSuffix("ended its connection: a body without end") == true, "\(failure)")
        await service.stop()
    }
}
