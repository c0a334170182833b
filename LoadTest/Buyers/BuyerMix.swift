// The mix of a run: kinds of buyers by their weights.

import Textbook

/// Draws kinds of buyers.
struct BuyerMix: Hashable, Sendable {
    /// Ten aggressive buyers, sixty normal ones, thirty that mostly look.
    static let usual = BuyerMix([.aggressive: 10, .normal: 60, .browser: 30])

    /// Weights, in percent or any unit; kinds without a weight do not come.
    let weights: [BuyerKind: Double]
    private let ladder: [Rung]

    private struct Rung: Hashable, Sendable {
        let kind: BuyerKind
        let top: Double
    }

    init(_ weights: [BuyerKind: Double]) {
        self.weights = weights
        var top = 0.0
        ladder = BuyerKind.allCases.compactMap { kind in
            guard let weight = weights[kind], weight > 0 else { return nil }
            top += weight
            return Rung(kind: kind, top: top)
        }
    }

    /// Whether some have a connection that they do not share.
    var hasAttackers: Bool { ladder.contains { $0.kind.habits.attack != nil } }

    /// Whether no buyer comes.
    var isEmpty: Bool { ladder.isEmpty }

    /// Whether some of its buyers need a waiting room.
    var needsRoom: Bool { ladder.contains { $0.kind.habits.begins == .join } }

    func draw(_ random: inout SplitMix64) -> BuyerKind {
        let height = random.fraction() * (ladder.last?.top ?? 0)
        return ladder.first { height < $0.top }?.kind ?? .normal
    }
}
