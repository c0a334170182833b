// A short sale with a waiting room before the proof's own, so that the room's figures have moved.

import Foundation
import Testing

enum ProofRoom {
    private static let units = 3
    private static let buyers = 12

    /// Buyers join before and after the start. Some come when they are called, one of them when all is held, and some
    /// come without a ticket, with a forged one, or before their turn. Then the sale ends.
    static func hold(_ stage: ProofStage) async throws {
        let service = stage.service
        try await until("Prometheus scrapes the line") {
            await pause()
            return try await !stage.prometheus.now(#"waiting_room_called{job="flashsale"}"#).isEmpty
        }
        let scene = try await RoomScene(stage.stores.deployment, at: service, units: units, startsIn: 3)
        let tickets = try await scene.join(buyers, named: "proof-room", at: [service])
        // Drawn numbers tie, so four numbers may be called and fewer buyers.
        var turns: [(buyer: String, ticket: String, isCalled: Bool)] = []
        try await until("more buyers are called than there are units") {
            turns = []
            for (buyer, ticket) in tickets {
                let answer = try await scene.knock(buyer, ticket, at: service)
                turns.append((buyer, ticket, answer.json["is_called"] as? Bool ?? false))
            }
            return turns.count(where: \.isCalled) > units
        }
        _ = try await scene.join(2, named: "proof-late", at: [service])
        let called = turns.filter(\.isCalled)
        for turn in called.prefix(units) { _ = try await scene.checkOut(turn.buyer, turn.ticket, at: service) }
        try await until("every unit is held") { try await scene.line(at: service)["free"] as? Int == 0 }
        for turn in called.dropFirst(units) { _ = try await scene.checkOut(turn.buyer, turn.ticket, at: service) }
        for turn in turns.filter({ !$0.isCalled }).prefix(1) {
            for ticket in [turn.ticket, "T1.forged", nil] {
                _ = try await scene.checkOut(turn.buyer, ticket, at: service)
            }
        }
        try await until("Prometheus has seen that numbers are called") {
            await pause()
            return try await !stage.prometheus.now(#"waiting_room_called{job="flashsale"} > 0"#).isEmpty
        }
        try await stage.stores.deployment.ledger.run(
            "UPDATE sales SET ended_at = now() WHERE sale_id = \(scene.sale)")
        try await until("the sale is over") { try await service.ask("GET", "/sales/active").status == 404 }
    }
}
