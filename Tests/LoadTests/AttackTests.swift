// Runs with attackers, and with buyers that prove who they are, against a small service in memory.

import Audit
import Foundation
import NIOCore
import Testing
import Textbook
import Tokens

@testable import FlashSaleLoad

@Suite("Attackers and tokens", .serialized)
struct AttackTests {
    private func run(
        _ service: StubService, _ weights: [BuyerKind: Double], rate: Double = 60, connections: Int = 64,
        tokens: BuyerTokens? = nil, until isEnough: (@Sendable (LaneReading) -> Bool)? = nil
    ) async throws -> RunReport {
        try await service.start()
        var scenario = Scenario()
        scenario.load = .open(Stage.constant(rate, seconds: isEnough == nil ? 1 : Session.deadline), .even)
        scenario.mix = BuyerMix(weights)
        scenario.connections = connections
        var session = Session(
            scenario: scenario, target: try Target(parsing: "http://127.0.0.1:\(service.port)"),
            journalPath: NSTemporaryDirectory() + "load-\(UUID().uuidString).journal", isQuiet: true)
        session.tokens = tokens
        let report = try await session.run(until: { isEnough?($0) ?? false })
        await service.stop()
        return report
    }

    @Test("A silent connection is kept until the service ends it, and buyers go on beside it")
    func silent() async throws {
        let report = try await run(StubService(manner: .impatient(300)), [.silent: 1, .bot: 1]) { reading in
            (reading.facts.attacks[.silent]?.ended.count ?? 0) >= 5 && reading.facts.requests > 50
        }
        let row = try #require(report.attacks.first)
        #expect(row.attack == "silent" && row.unopened == 0)
        #expect(row.connections > 10 && (5...row.connections).contains(row.ended))
        #expect(row.p50 >= 0.1, "\(row)")
        #expect(report.requests > 50)
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
        #expect(
            SummaryTable(report: report).text.contains("silent: \(row.connections) connections, 0 of them not taken"))
        #expect(HTMLReport(report: report).text.contains("<h2>Attackers</h2>"))
    }

    @Test("What an unread connection was sent stays in the service until that ends it")
    func unread() async throws {
        let report = try await run(
            StubService(itemCount: 400, manner: .impatient(200)), [.unread: 1], rate: 2, connections: 4
        ) { reading in (reading.facts.attacks[.unread]?.ended.count ?? 0) >= 1 }
        let row = try #require(report.attacks.first)
        #expect(row.attack == "unread" && row.connections >= 2)
        #expect(row.ended >= 1, "\(row)")
        #expect(report.requests == 0)
    }

    @Test("Attackers have as many connections as the scenario, and what has none is dropped")
    func bounded() async throws {
        let report = try await run(StubService(), [.silent: 1], connections: 10)
        #expect(report.attacks.first?.connections == 10)
        #expect(report.attacks.first?.ended == 0)
        #expect(report.dropped == report.started - 10)
        #expect(report.ending == .incomplete)
    }

    @Test("A key sprayer sends a new key with everything")
    func keySprayer() throws {
        let target = try Target(parsing: "http://shop:81")
        let plan = RunPlan(
            scenario: Scenario(),
            dialer: Dialer(target: target, address: try SocketAddress(ipAddress: "127.0.0.1", port: 81)),
            mode: .raw(path: "/"), run: "r")
        var writer = RequestWriter(plan, lane: 0)
        let buyer = Buyer(number: 7, kind: .keySprayer, seed: 1)
        let keys = [Errand.look, .checkout(item: 1), .purchase, .purchase].map { errand in
            var buffer = ByteBuffer()
            writer.write(errand, of: buyer, to: &buffer)
            let text = String(buffer: buffer)
            return text.firstRange(of: "Idempotency-Key: \"load-r-7-").map { text[$0.upperBound...].prefix(16) }
        }
        #expect(Set(keys).count == 4 && !keys.contains(nil), "\(keys)")
    }

    private static let secret = String(repeating: "s", count: BuyerTokens.secretBytesMin)

    @Test("Each buyer buys, and reads its order, with a token of its own")
    func identity() async throws {
        let environment = [
            "FLASHSALE_IDENTITY_SECRET": Self.secret, "FLASHSALE_IDENTITY_ISSUER": "shop",
            "FLASHSALE_IDENTITY_CLAIMS": "phone_verified=true,tier=gold",
        ]
        let rules = TokenRules(
            issuer: "shop", audience: "flashsale", claims: ["phone_verified": "true", "tier": "gold"])
        let keys = try TokenKeys(jwks: nil, secret: Secret(Self.secret))
        let service = StubService(verifier: TokenVerifier(keys: keys, rules: rules))
        let report = try await run(
            service, [.doubleClicker: 1, .canceller: 1], tokens: try BuyerTokens(environment: environment))
        #expect(report.verdict?.isClean == true, "\(report.verdict?.table ?? "")")
        #expect(report.verdict?.notes == [])
        #expect(report.rows.contains { $0.endpoint == "purchase" && $0.outcome == "won" && $0.count > 5 })
        #expect(!report.rows.contains { ["error", "refused"].contains($0.outcome) }, "\(report.rows)")
        let stranger = try await run(StubService(verifier: service.verifier), [.bot: 1])
        #expect(!stranger.rows.contains { $0.endpoint == "checkout" && $0.outcome == "won" })
    }

    @Test("A token stays the same within an hour, and is valid for at least another")
    func lifetime() throws {
        let keys = try TokenKeys(jwks: nil, secret: Secret(Self.secret))
        let verifier = TokenVerifier(keys: keys, rules: TokenRules(issuer: "flashsale", audience: "flashsale"))
        func token(_ now: Int) throws -> Substring {
            Substring(try BuyerTokens(environment: ["FLASHSALE_IDENTITY_SECRET": Self.secret]) { now }.token(of: "ann"))
        }
        let (hour, day) = (3_600, 1_000 * 86_400)
        #expect(try token(day) == token(day + hour - 1) && token(day) != token(day + hour))
        for late in [0, hour - 1] {
            guard case .bearer(let bearer) = verifier.verify(try token(day + late), at: day + late + hour) else {
                Issue.record("the token is not valid for an hour")
                continue
            }
            #expect(bearer.name == "ann")
        }
    }

    @Test(
        "An environment without the service's secret is a sentence",
        arguments: [
            ([:], "--identity needs the service's FLASHSALE_IDENTITY_SECRET in the environment, of 32 bytes or more."),
            (["FLASHSALE_IDENTITY_SECRET": "short"], "--identity needs the service's FLASHSALE_IDENTITY_SECRET in the"),
            (
                ["FLASHSALE_IDENTITY_SECRET": secret, "FLASHSALE_IDENTITY_CLAIMS": "verified"],
                "FLASHSALE_IDENTITY_CLAIMS must be pairs such as phone_verified=true."
            ),
        ] as [([String: String], String)])
    func unset(environment: [String: String], says: String) {
        let error = #expect(throws: BuyerTokens.Unset.self) { try BuyerTokens(environment: environment) }
        #expect(error?.description.hasPrefix(says) == true)
    }
}
