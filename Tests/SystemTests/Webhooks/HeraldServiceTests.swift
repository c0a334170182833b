// The herald of whole services, and the receiver of docs/WEBHOOKS.md.

import DevStack
import Foundation
import Testing

extension SystemTests {
    @Suite("A webhook")
    struct HeraldServiceTests {
        private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        private static let python = "/usr/bin/python3"
        private static var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) }
        private static var isTLSTestable: Bool { hasPython && Certificates.isInstalled }

        private static func settings(port: Int) -> [String: String] {
            [
                "FLASHSALE_WEBHOOK_URL": "http://127.0.0.1:\(port)/hook", "FLASHSALE_WEBHOOK_SECRET": secret,
                "FLASHSALE_WEBHOOK_TIMEOUT_SECONDS": "60",
            ]
        }

        @Test(
            "Every order is told in its order, though the receiver comes late and the herald dies unnoted",
            .enabled(if: hasPython))
        func crash() async throws {
            let port = try await SilentPort.with { $0 }
            try await Deployment.with { deployment in
                let settings = Self.settings(port: port)
                let crash = settings.merging(["FLASHSALE_CRASH_AT": "after_post:20"]) { $1 }
                let doomed = try await deployment.serveUnscheduled(crash)
                _ = try await doomed.createSale(items: 100)
                for number in 1...5 { _ = try await doomed.buy("buyer-\(number)", items: [number]) }
                let next = try await deployment.serveUnscheduled(settings)
                let receiver = try ServiceProcess(
                    ["-c", Self.receiver(), "\(port)"], program: Self.python,
                    settings: ["FLASHSALE_WEBHOOK_SECRET": Self.secret])
                for number in 6...60 { _ = try await next.buy("buyer-\(number)", items: [number]) }
                #expect(await doomed.process.end() == 137)

                let told: [Int] = try await eventually("all is told") {
                    let told = receiver.output.split(separator: "\n").compactMap(Self.number)
                    return Set(told).count == 60 ? told : nil
                }
                let orders = try await deployment.ledger.numbers("select order_number from orders order by 1")
                #expect(told.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } } == orders)
                #expect((1...3).contains(told.count - 60), "one is told again, for its note was lost")
                #expect(!receiver.output.contains("CHK-"), "a code was told")
                let now = Int(Date.now.timeIntervalSince1970)
                try await Self.until("the other instance is not behind") {
                    try await next.metrics().sum("webhook_told_until_timestamp_seconds") >= now
                }
                let taken = try await next.metrics().sum("webhook_events_total", ["outcome": "taken"])
                #expect((41...60).contains(taken))
                await next.process.stop()
                receiver.send(.kill)
            }
        }

        @Test("A receiver by TLS is told if its certificate is trusted, and else not", .enabled(if: isTLSTestable))
        func tls() async throws {
            let port = try await SilentPort.with { $0 }
            let certificates = try await Certificates()
            defer { certificates.directory.remove() }
            try await Deployment.with { deployment in
                let settings = Self.settings(port: port).merging([
                    "FLASHSALE_WEBHOOK_URL": "https://127.0.0.1:\(port)/hook"
                ]) { $1 }
                let receiver = try ServiceProcess(
                    ["-c", Self.receiver(by: "server", of: certificates), "\(port)"], program: Self.python,
                    settings: ["FLASHSALE_WEBHOOK_SECRET": Self.secret])
                let wary = try await deployment.serveUnscheduled(settings)
                _ = try await wary.createSale(items: 10)
                _ = try await wary.buy("buyer-1", items: [1])
                try await Self.until("a certificate that nobody trusts is refused") {
                    try await wary.metrics().sum("webhook_events_total", ["outcome": "no_answer"]) > 0
                }
                #expect(receiver.output.isEmpty)
                await wary.process.stop()
                let trusting = try await deployment.serveUnscheduled(
                    settings.merging(["SSL_CERT_FILE": certificates.file("ca.crt")]) { $1 })
                let _: Bool = try await eventually("it is told") {
                    receiver.output.contains("order.placed") ? true : nil
                }
                await trusting.process.stop()
                receiver.send(.kill)
            }
        }

        @Test("A receiver that says nothing costs buyers nothing, and no end of an instance waits for it")
        func silence() async throws {
            try await SilentPort.with { port in
                try await Deployment.with { deployment in
                    let service = try await deployment.serveUnscheduled(Self.settings(port: port))
                    _ = try await service.createSale(items: 10)
                    for number in 1...10 { _ = try await service.buy("buyer-\(number)", items: [number]) }
                    try await Self.until("the herald waits for its receiver") {
                        try await service.metrics().moves("webhook_told_until_timestamp_seconds")
                    }
                    let start = ContinuousClock.now
                    await service.process.stop()
                    #expect(start.duration(to: .now) < .seconds(20))
                    let told = try await deployment.ledger.number("select sum(told) from webhook_cursors")
                    #expect(told == 0)
                }
            }
        }

        /// The receiver of the document.
        private static func receiver() throws -> String {
            let root = #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined()
            let page = try String(contentsOfFile: root + "/docs/WEBHOOKS.md", encoding: .utf8)
            let code = try #require(page.split(separator: "```python\n").dropFirst().first)
            return String(code.prefix(upTo: try #require(code.firstRange(of: "```")).lowerBound))
        }

        /// The same, by TLS.
        private static func receiver(by name: String, of certificates: Certificates) throws -> String {
            let code = try receiver()
            let end = try #require(code.firstRange(of: ".serve_forever()"))
            let start = try #require(code.firstRange(of: "http.server.ThreadingHTTPServer"))
            return """
                \(code[..<start.lowerBound])server = \(code[start.lowerBound..<end.lowerBound])
                import ssl
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain("\(certificates.file(name)).crt", "\(certificates.file(name)).key")
                server.socket = context.wrap_socket(server.socket, server_side=True)
                server.serve_forever()
                """
        }

        /// The number of an event in a line of the receiver.
        private static func number(_ line: Substring) -> Int? {
            line.split(separator: " ").first?.split(separator: "_").last.flatMap { Int($0) }
        }

        private static func until(_ what: String, _ isSo: () async throws -> Bool) async throws {
            let end = ContinuousClock.now + ServiceProcess.patience
            while try await !isSo() { try #require(ContinuousClock.now < end, "in vain: \(what)") }
        }
    }
}
