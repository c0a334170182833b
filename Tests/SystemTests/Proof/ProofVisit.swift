// What the load generator's buyers do not do, done once: operators who look around, a scraper that misbehaves, strange
// requests, and a cart of which one item is lost.

struct ProofVisit: Sendable {
    let service: ServeProcess
    let sale: Int

    /// What is not answered here shows as a family that does not move.
    func run() async throws {
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
        // More scrapes at a time than there may be.
        _ = try await Crowd.run(128, ports: [operationsPort]) { connections, _ in
            try? connections[0].send("GET", "/metrics")
        }
        try await loseAnItem()
    }

    /// Two items are checked out, one after the other; the first expires and another buyer takes it, then the cart is
    /// paid.
    private func loseAnItem() async throws {
        let first = "ITM-\(sale)-\(ProofStage.items)"
        let second = "ITM-\(sale)-\(ProofStage.items - 1)"
        guard let cart = try? await service.ask("POST", "/checkout?user_id=proof-a&id=\(first)").code else { return }
        let begin = ContinuousClock.now
        while ContinuousClock.now - begin < .seconds(2) { await pause() }
        _ = try? await service.ask("POST", "/checkout?user_id=proof-a&id=\(second)")
        try await until("the first hold has ended and its item is another's") {
            (try? await service.ask("POST", "/checkout?user_id=proof-b&id=\(first)"))?.code != nil
        }
        _ = try? await service.ask("POST", "/purchase?code=\(cart)")
    }
}
