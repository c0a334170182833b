// Does once what the load generator's buyers do not do: operators' requests, a scraper that misbehaves, strange
// requests, a cart that loses one item, and a purchase that lasts until a scrape meets it.

import Glibc

struct ProofVisit: Sendable {
    let service: ServeProcess
    let ledger: LedgerReader
    let prometheus: PrometheusReader
    let sale: Int

    /// Whether scrapes have met everything that is under way while the ledger waits.
    private static let isUnderWay =
        [
            #"redis_locks_held{job="flashsale",lock_type="purchase"}"#, #"purchase_in_progress{job="flashsale"}"#,
            #"checkout_in_progress{job="flashsale"}"#, #"db_connections_active{job="flashsale"}"#,
        ]
        .map { "max_over_time(\($0)[1h]) > 0" }.joined(separator: " and on() ")
    /// How long a purchase may wait; the service gives it more.
    private static let patience = Duration.milliseconds(1_500)

    /// A failed request here shows as a family that does not move.
    func run() async throws {
        let listener = watchSale(sale, port: service.port)
        defer { if let listener { close(listener) } }
        for target in ["/sales/\(sale)", "/sales/\(sale)/items", "/health", "/readyz", "/nothing", "/openapi.json"] {
            _ = try? await service.ask("GET", target)
        }
        _ = try? await service.ask("GET", "/images/\(sale)/1.svg")
        for target in ["/checkout?user_id=&id=ITM-0-0", "/purchase?code=nothing", "/purchase"] {
            _ = try? await service.ask("POST", target)
        }
        let (port, operationsPort) = (service.port, service.operationsPort)
        _ = try await Crowd.run(1, ports: [port]) { _, _ in
            try? HTTPConnection(port: port).send(bytes: Array("?\r\n\r\n".utf8))
        }
        for target in ["cmdline", "goroutine?debug=2", "heap?debug=1", "profile?seconds=1"] {
            _ = try await Crowd.run(1, ports: [operationsPort]) { connections, _ in
                try? connections[0].send("GET", "/debug/pprof/\(target)")
            }
        }
        try await scrapeAtOnce(operationsPort)
        for attempt in 0..<5 where try await loseAnItem(attempt) { break }
        for attempt in 0..<5 where try await delayAPurchase(attempt) { break }
    }

    /// More scrapes at a time than allowed, by scrapers that do not wait for their answers.
    private func scrapeAtOnce(_ port: Int) async throws {
        _ = try await Crowd.run(1, ports: []) { _, _ in
            let scrapers = (0..<64).compactMap { _ in loopbackSocket(port: port, patienceSeconds: 5) }
            let question = Array("GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
            for scraper in scrapers { _ = Glibc.send(scraper, question, question.count, Int32(MSG_NOSIGNAL)) }
            for scraper in scrapers { close(scraper) }
        }
    }

    /// Two items are checked out, the second just before the first expires; another buyer takes the first, then the
    /// cart is paid. It depends on timing, and on buyers that want the same items, whether that succeeds.
    ///
    /// - Returns: whether the purchase was a partial one.
    private func loseAnItem(_ attempt: Int) async throws -> Bool {
        let first = "ITM-\(sale)-\(ProofStage.items - 2 * attempt)"
        let second = "ITM-\(sale)-\(ProofStage.items - 2 * attempt - 1)"
        guard let cart = try await checkOut(first, by: "proof-a\(attempt)") else { return false }
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < ProofStage.hold - .milliseconds(500) { await pause() }
        guard try await checkOut(second, by: "proof-a\(attempt)") == cart else { return false }
        while try await checkOut(first, by: "proof-b\(attempt)") == nil {
            guard ContinuousClock.now - begin < ProofStage.hold * 2 else { return false }
        }
        return try await service.ask("POST", "/purchase?code=\(cart)").text.contains(#""failed_count":1"#)
    }

    /// Blocks the ledger's writes until scrapes have met the work under way: most scrapes miss short work.
    ///
    /// - Returns: whether they have met everything.
    private func delayAPurchase(_ attempt: Int) async throws -> Bool {
        let item = "ITM-\(sale)-\(ProofStage.items - 100 - attempt)"
        guard let cart = try await checkOut(item, by: "proof-c\(attempt)") else { return false }
        var purchase: Task<Void, Never>?
        var isMet = false
        try await ledger.withSaleBlocked(sale) {
            purchase = Task { _ = try? await service.ask("POST", "/purchase?code=\(cart)") }
            let begin = ContinuousClock.now
            while !isMet, ContinuousClock.now - begin < Self.patience {
                await pause()
                isMet = try await !prometheus.now(Self.isUnderWay).isEmpty
            }
        }
        await purchase?.value
        return isMet
    }

    private func checkOut(_ item: String, by buyer: String) async throws -> String? {
        try await service.ask("POST", "/checkout?user_id=\(buyer)&id=\(item)").code
    }
}
