// The figures: percentiles against an exact computation, answers cut anywhere, journals read back.

import Audit
import NIOCore
import Testing
import Textbook

@testable import FlashSaleLoad

@Suite("Facts")
struct FactsTests {
    @Test("Percentiles are within 1 % of the exact ones", arguments: [1, 2, 3] as [UInt64])
    func percentiles(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        // From microseconds to seconds, as a service under stress answers.
        let samples = (0..<100_000).map { _ in Int64(20_000 * (1 + random.exponential() * random.exponential() * 500)) }
        var latencies = Latencies()
        for sample in samples { latencies.record(sample) }
        let sorted = samples.sorted()
        for share in [0.5, 0.9, 0.99, 0.999, 0.9999] {
            let exact = Double(sorted[Int((share * Double(sorted.count)).rounded(.up)) - 1]) / 1e9
            #expect(abs(latencies.quantile(share) / exact - 1) < 0.01, "\(share)")
        }
        #expect(abs(latencies.longest - Double(sorted.last ?? 0) / 1e9) < 1e-6)
    }

    @Test("Facts of lanes add up to the facts of all")
    func merging() {
        var whole = Facts()
        var parts = [Facts(), Facts(), Facts()]
        var random = SplitMix64(seed: 1)
        for index in 0..<3_000 {
            let outcome = Outcome.allCases[random.below(Outcome.allCases.count)]
            let endpoint = Endpoint.allCases[random.below(Endpoint.allCases.count)]
            let nanoseconds = Int64(random.below(1_000_000_000))
            whole.record(endpoint, outcome, response: nanoseconds, service: nanoseconds / 2)
            parts[index % 3].record(endpoint, outcome, response: nanoseconds, service: nanoseconds / 2)
        }
        var sum = Facts()
        for part in parts { sum.add(part) }
        #expect(sum.requests == 3_000)
        for outcome in Outcome.allCases { #expect(sum.count(outcome) == whole.count(outcome)) }
        #expect(sum.response(.purchase).quantile(0.99) == whole.response(.purchase).quantile(0.99))
        #expect(sum.service().quantile(0.5) == whole.service().quantile(0.5))
    }

    private static let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nRetry-After: 7\r\n\r\nhello",
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        // Trailers, which are no part of the next answer.
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nDigest: x\r\nServer-Timing: y\r\n\r\n",
        // Interim answers.
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>; rel=\"next\"\r\nContent-Length: 9\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        // Chunks go before a length, in any order.
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ]

    @Test("An answer is read in any pieces", arguments: answers)
    func cut(text: String) throws {
        let bytes = Array(text.utf8)
        for size in 1...bytes.count {
            var parser = AnswerParser()
            var found: WireAnswer?
            for start in stride(from: 0, to: bytes.count, by: size) {
                #expect(found == nil)
                parser.append(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
                switch parser.next() {
                case .answer(let answer): found = answer
                case .incomplete: break
                case .garbage(let why): Issue.record("\(why) at pieces of \(size)")
                }
            }
            let answer = try #require(found)
            let body = answer.status == 503 ? "" : "hello"
            #expect(String(buffer: answer.body) == body)
            #expect(answer.closes == (answer.status == 503))
            #expect(answer.retryAfter == (text.contains("Retry") ? 7 : nil))
            #expect(answer.nextPage == nil)
        }
    }

    @Test(
        "A connection ends where its list of options, or its version, says so",
        arguments: [
            ("HTTP/1.1", "", false), ("HTTP/1.1", "keep-alive", false), ("HTTP/1.1", "Close", true),
            ("HTTP/1.1", "keep-alive, close", true), ("HTTP/1.1", "TE ,\tclose", true),
            ("HTTP/1.1", "close\r\nConnection: keep-alive", true), ("HTTP/1.1", "closed", false),
            ("HTTP/1.0", "", true), ("HTTP/1.0", "x, Keep-Alive", false), ("HTTP/1.0", "close, keep-alive", true),
        ])
    func connection(version: String, options: String, closes: Bool) {
        var parser = AnswerParser()
        parser.append(ByteBuffer(string: "\(version) 200 OK\r\nConnection: \(options)\r\nContent-Length: 0\r\n\r\n"))
        guard case .answer(let answer) = parser.next() else {
            Issue.record("it is no answer")
            return
        }
        #expect(answer.closes == closes)
    }

    @Test(
        "The wait that an answer asks for is a number or, as proxies write it, a date",
        arguments: [
            ("7", 7), ("9999999999", WireAnswer.waitMax), ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", WireAnswer.waitMax), ("soon", nil), ("-1", nil),
        ] as [(String, Int?)])
    func wait(field: String, seconds: Int?) {
        var parser = AnswerParser()
        parser.append(ByteBuffer(string: "HTTP/1.1 503 X\r\nRetry-After: \(field)\r\nContent-Length: 0\r\n\r\n"))
        guard case .answer(let answer) = parser.next() else {
            Issue.record("it is no answer")
            return
        }
        #expect(answer.retryAfter == seconds)
    }

    @Test("An answer without a length ends with its connection")
    func untilClose() {
        var parser = AnswerParser()
        parser.append(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\nhello"))
        guard case .incomplete = parser.next() else {
            Issue.record("it ended too early")
            return
        }
        #expect(parser.end().map { String(buffer: $0.body) } == "hello")
    }

    @Test(
        "Bytes that are not HTTP/1.1 are garbage",
        arguments: [
            "SSH-2.0-x\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 101 Up\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + String(repeating: "x", count: 40_000),
        ])
    func garbage(text: String) {
        var parser = AnswerParser()
        parser.append(ByteBuffer(string: text))
        guard case .garbage = parser.next() else {
            Issue.record("it was accepted as an answer")
            return
        }
    }

    @Test("The parts of answers that buyers need are found")
    func contents() {
        func content(_ text: String, _ endpoint: Endpoint, _ status: Int) -> AnswerContent {
            AnswerContent(ByteBuffer(string: text), endpoint: endpoint, status: status)
        }
        let checkout = content(
            #"{"code":"CHK-7-ab","items_count":2,"expires_at":"2026-11-21T08:00:00.250Z"}"#, .checkout, 200)
        #expect(checkout.code == "CHK-7-ab")
        #expect(checkout.expiresAt == 1_795_248_000_250)
        let order = content(
            """
            {"success":true,"purchased_items":[{"id":"ITM-7-3","name":"x","sold":true},\
            {"id":"ITM-7-9","name":"y","sold":false}],"order_id":"ORD-7-12",\
            "total_price":{"amount":4200,"currency":"EUR"}}
            """, .purchase, 200)
        #expect(order.soldItems == [3])
        #expect(order.receipt == "ORD-7-12:4200")
        let failure = content(
            #"{"success":false,"purchased_items":[{"id":"ITM-7-3","name":"x","sold":true}]}"#, .purchase, 200)
        #expect(failure.isKnown && failure.soldItems.isEmpty && failure.receipt == nil)
        let refusal = content(
            #"{"message":"m","code":"already_checked_out","checkout_code":"CHK-7-cd"}"#, .checkout, 400)
        #expect(refusal.reason == .alreadyCheckedOut)
        #expect(refusal.code == "CHK-7-cd")
        #expect(!content("hello", .checkout, 200).isKnown)
        #expect(content("{\"code\":\"a b\"}", .checkout, 200).code == nil)
    }

    @Test("What a line says of its draw is in the journal when it is news")
    func draw() throws {
        let text = #"{"phase":"open","called":3,"waiting":4,"draw":{"commit":"c","seed":"s","n":7}}"#
        let news = try #require(AnswerContent(ByteBuffer(string: text), endpoint: .line, status: 200).queue)
        #expect(news.draw == History.Draw(commit: "c", seed: "s", count: 7) && news.isDrawn)
        var bytes = Array("\(History.mark) run=r wall=5 sale=7 items=9 stock=2 limit=10 target=http://x:1\n".utf8)
        JournalLine.sent(1, at: 10, buyer: 4, .line, code: nil, to: &bytes)
        JournalLine.line(1, at: 11, news, tellsDraw: true, to: &bytes)
        JournalLine.line(1, at: 12, news, to: &bytes)
        let history = try History(parsing: bytes)
        #expect(history.lines.map(\.draw) == [news.draw, nil])
        #expect(history.lines.map(\.called) == [3, 3])
    }

    @Test("A journal is read back unchanged, without a line that was cut off")
    func journal() throws {
        var bytes = Array("\(History.mark) run=r wall=5 sale=7 items=9 stock=2 limit=10 target=http://x:1\n".utf8)
        bytes += Array("I 3 1\nU 8\n".utf8)
        JournalLine.sent(1, at: 10, buyer: 4, .checkout(item: 3), code: nil, to: &bytes)
        JournalLine.sent(2, at: 11, buyer: 5, .purchase, code: "CHK-7-a", to: &bytes)
        var content = AnswerContent()
        (content.soldItems, content.receipt) = ([3, 4], "ORD-7-12:4200")
        JournalLine.answered(2, at: 20, status: 200, .won, content, to: &bytes)
        bytes += Array("F 30 kill -9 1\nS 3 4".utf8)
        let history = try History(parsing: bytes)
        var sale = SaleFacts(id: 7, itemCount: 9, stock: 2, limit: 10, scarce: [3: 1])
        sale.unreadFrom = 8
        #expect(history.sale == sale)
        #expect(history.exchanges.map(\.outcome) == [.unknown, .won])
        #expect(history.exchanges.map(\.item) == [3, 0])
        #expect(history.exchanges.last?.soldItems == [3, 4])
        #expect(history.exchanges.last?.code == "CHK-7-a")
        #expect(history.exchanges.last?.receipt == "ORD-7-12:4200")
        #expect(history.faults.first?.command == "kill -9 1")
        #expect(!history.isComplete)
    }

    @Test(
        "What has not the head of a journal is none",
        arguments: ["hello\n", "", "sale=0", "sale=-7", "items=0", "stock=0", "wall=-1"])
    func head(fault: String) {
        let good = "\(History.mark) run=r wall=5 sale=7 items=9 stock=2 limit=10 target=http://x:1\n"
        let name = fault.prefix { $0 != "=" }
        let bad =
            fault.contains("=")
            ? good.split(separator: " ").map { $0.hasPrefix("\(name)=") ? fault : "\($0)" }.joined(separator: " ")
            : fault
        #expect(throws: Never.self) { try History(parsing: Array(good.utf8)) }
        #expect(throws: History.Unreadable.self) { try History(parsing: Array(bad.utf8)) }
    }
}
